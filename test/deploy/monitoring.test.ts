/** The dashboard and the alerts ask for metrics that there are, by labels that they have. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildApp } from '../../src/app.ts';
import type { Records } from '../../src/database/open.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost } from '../routes/fake-host.ts';

const read = (path: string) => readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');
/** Which Prometheus gives to every series. */
const GIVEN = ['instance', 'job', 'namespace', 'pod', 'le'];

let records: Records;
let app: FastifyInstance;
/** Name → its labels. */
const metrics = new Map<string, Set<string>>();

beforeAll(async () => {
  records = await createTestRecords();
  app = await buildApp({ records, host: createFakeHost() });
  await app.inject({ method: 'POST', url: '/v1/generate-image', payload: { prompt: 'a' } });
  const text = (await app.inject('/metrics')).body;
  for (const [, name] of text.matchAll(/^# TYPE (\w+)/gm)) metrics.set(name!, new Set());
  for (const [, name, labels = ''] of text.matchAll(/^(\w+)(?:\{([^}]*)\})? /gm)) {
    const known = metrics.get(name!) ?? new Set();
    for (const [, label] of labels.matchAll(/(\w+)="/g)) known.add(label!);
    metrics.set(name!, known);
  }
  // Of jobs that are not there.
  metrics.set('xlxmert_train_jobs', new Set(['status']));
  metrics.set('xlxmert_train_job_step', new Set(['job', 'kind']));
});
afterAll(async () => {
  await app.close();
  await records.close();
});

function check(expression: string): void {
  const names = [...expression.matchAll(/\b(?:xlxmert|http|nodejs|process)_\w+/g)].map(([name]) => name);
  expect(names, expression).not.toEqual([]);
  const labels = new Set(GIVEN);
  for (const name of names) {
    expect([...metrics.keys()], expression).toContain(name);
    for (const label of metrics.get(name)!) labels.add(label);
  }
  const asked = [
    ...[...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(',')),
    ...[...expression.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!),
  ].map((label) => label.trim());
  for (const label of asked) expect([...labels], expression).toContain(label);
}

it('the dashboard', () => {
  const { panels } = JSON.parse(read('monitoring/dashboard.json')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  expect(expressions.length).toBeGreaterThan(10);
  for (const expression of expressions) check(expression);
});

it('the alerts', () => {
  const { groups } = parse(read('monitoring/alerts.yaml')) as { groups: { rules: { expr: string }[] }[] };
  const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
  expect(expressions.length).toBeGreaterThan(5);
  for (const expression of expressions) check(expression);
});

it('scaling by what waits', () => {
  const queries = [...read('helm/xlxmert-zoo/templates/autoscaling.yaml').matchAll(/query: (.*)/g)];
  expect(queries).toHaveLength(3);
  for (const [, query] of queries) check(query!.replaceAll(/\{\{.*?\}\}/g, 'x'));
});

it('a metric or label that there is not is found', () => {
  expect(() => check('rate(xlxmert_nonsense_total[5m])')).toThrow();
  expect(() => check('sum by (colour) (xlxmert_ready)')).toThrow();
});
