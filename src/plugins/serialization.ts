/** Answers are written by their TypeBox schemas. */
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';
import { whenFirstUsed } from './validation.ts';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
type BuildSerializer = NonNullable<NonNullable<SchemaController['compilersFactory']>['buildSerializer']>;

/** For Fastify's `schemaController`: its own compiler of serializers, asked when an answer is first to be written. */
export const buildSerializer: BuildSerializer = (schemas, options) => {
  const compilerOf = SerializerSelector()(schemas, options);
  return (route) => whenFirstUsed(() => compilerOf(route));
};
