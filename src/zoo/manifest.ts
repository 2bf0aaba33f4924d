/**
 * `manifest.json`: what a checkpoint is and where it came from. One per folder
 * `<checkpoints>/<model>/<variant>/`, beside `config.json` (the model's sizes, read by the model's own code),
 * `*.safetensors`, `vocab.txt` (models that read text), `answers.txt` (models that answer) and `README.md` (the model
 * card).
 */
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { writeAtomically } from '../atomic-files.ts';
import { readTextFile } from '../text.ts';

export const Architecture = Type.Union([
  Type.Literal('x-lxmert'),
  Type.Literal('lxmert'),
  Type.Literal('x-uniter'),
  Type.Literal('uniter'),
  Type.Literal('generator'),
  Type.Literal('grid-encoder'),
  Type.Literal('picture-encoder'),
  Type.Literal('detector'),
  Type.Literal('visual-vocabulary'),
  Type.Literal('recogniser'),
  Type.Literal('picture-router'),
  Type.Literal('inception'),
  Type.Literal('resnet'),
]);
export type Architecture = Static<typeof Architecture>;

/** Whether a model that paints writes codes; the others regress features. */
export const paintsCodes = (architecture: Architecture): boolean => architecture.startsWith('x-');

/** What a model can be asked for. */
export const TASKS = ['paint', 'caption', 'vqa', 'nlvr2'] as const;
export const Task = Type.Union([
  Type.Literal('paint'),
  Type.Literal('caption'),
  Type.Literal('vqa'),
  Type.Literal('nlvr2'),
]);
export type Task = Static<typeof Task>;

/** Every component a checkpoint may name, as `<model>/<variant>` in any checkpoint folder. */
const ComponentPath = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*$' });

const Training = Type.Object(
  { command: Type.String(), seed: Type.Integer(), commit: Type.String() },
  { additionalProperties: false },
);

export const Manifest = Type.Object(
  {
    /** Unique among hosted checkpoints, e.g. `x-lxmert-scenes`. */
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*$', maxLength: 100 }),
    /** For people, e.g. `X-LXMERT, composed scenes`. */
    name: Type.String({ minLength: 1, maxLength: 200 }),
    architecture: Architecture,
    /** Empty for a checkpoint that is only a component. */
    tasks: Type.Array(Task),
    /** The files of this folder that decide what it computes; the revision is their hash. */
    files: Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }), {
      minItems: 1,
      uniqueItems: true,
    }),
    components: Type.Optional(
      Type.Object(
        {
          generator: Type.Optional(ComponentPath),
          visual_vocabulary: Type.Optional(ComponentPath),
          grid_encoder: Type.Optional(ComponentPath),
          /** Sees drawings by others as `grid_encoder` would see the same scene in the demo zoo's drawing. */
          drawing_encoder: Type.Optional(ComponentPath),
        },
        { additionalProperties: false },
      ),
    ),
    trained_by: Training,
    /** The trainings before that, the first one first: each went on from the weights of the one before it. */
    trained_before: Type.Optional(Type.Array(Training)),
    /** The world or corpus, its size, the artwork in it. */
    data: Type.Object({ name: Type.String(), description: Type.String() }),
    /** From its evaluation, e.g. `{"object_recall": 0.93}`. */
    metrics: Type.Record(Type.String(), Type.Number()),
    /** Licence of the weights, with the artwork's, e.g. `Apache-2.0 (artwork: Noto Emoji, Apache-2.0)`. */
    licence: Type.String({ minLength: 1 }),
    /** ISO 8601. */
    created: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$' }),
  },
  { additionalProperties: false },
);
export type Manifest = Static<typeof Manifest>;

export const MANIFEST_FILE = 'manifest.json';
export const CONFIG_FILE = 'config.json';
export const VOCABULARY_FILE = 'vocab.txt';
/** One answer a line, in the order of the QA head's logits. */
export const ANSWERS_FILE = 'answers.txt';

/** @throws Error that names every field that is wrong. */
export function parseManifest(json: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error(`${MANIFEST_FILE} is not JSON`);
  }
  const problems = Value.Errors(Manifest, value).map((e) => `${e.instancePath || '/'} ${e.message}`);
  if (problems.length > 0) throw new Error(`${MANIFEST_FILE}: ${[...new Set(problems)].join('; ')}`);
  return value as Manifest;
}

export async function readManifest(folder: string): Promise<Manifest> {
  return parseManifest(await readTextFile(join(folder, MANIFEST_FILE)));
}

/** Checks it first. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const json = `${JSON.stringify(manifest, null, 2)}\n`;
  parseManifest(json);
  await writeAtomically(join(folder, MANIFEST_FILE), json);
}
