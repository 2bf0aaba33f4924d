/** Every step of every sampler of the authors' code, through the painter and the engine that ship. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';
import { dropTiedWeights, gridPositions, parseLxmertConfig } from '../../src/models/lxmert/index.ts';
import { createRandom } from '../../src/random.ts';
import { createPainter, type Painter } from '../../src/sampling/painter.ts';
import {
  type Prediction,
  type Query,
  type Row,
  runSchedule,
  type SampledStep,
  sampleRow,
  sampleRows,
} from '../../src/sampling/sample.ts';
import { resolveSampler, type Strategy } from '../../src/sampling/sampler.ts';
import { visit } from '../../src/sampling/schedules.ts';
import type { HostTensor } from '../../src/tensor.ts';
import { expectClose, type GoldenCase, golden } from '../fixtures/golden.ts';

interface SamplingCase extends Omit<GoldenCase, 'tolerance'> {
  sampler: { kind: Strategy; n_steps: number };
  tolerance: { integers: 'exact'; confidence: number; logits: number };
}

/** One pass for one row: what it asked, what it was told, what it made of it. */
interface Pass {
  asked: Query;
  told: Prediction;
  step: SampledStep;
}

const fixture = golden<SamplingCase & GoldenCase>('sampling-tiny');
const config = parseLxmertConfig(fixture.config);
const TOKENS = 12;
const V = 64;

let painter: Painter;
beforeAll(async () => {
  const weights = dropTiedWeights(fixture.tensors());
  painter = await createPainter(createOnnxRuntimeEngine({ threads: 2 }), config, weights, TOKENS);
});
afterAll(() => painter.release());

/** Runs the case's rows as one batch. → passes[row][step], final codes of each row */
async function run(sampling: SamplingCase): Promise<{ passes: Pass[][]; codes: Int32Array[] }> {
  const inputs = fixture.inputs(sampling as SamplingCase & GoldenCase);
  const [B, T] = inputs.input_ids!.shape as [number, number];
  const ids = Array.from({ length: B }, (_, b) => inputs.input_ids!.data.subarray(b * T, (b + 1) * T));
  const texts = await painter.encode(ids);
  const passes: Pass[][] = texts.map(() => []);
  const rows = texts.map((_, b): Row => {
    const sampler = resolveSampler(
      { strategy: sampling.sampler.kind, steps: sampling.sampler.n_steps },
      V,
      64,
    );
    const onStep = (step: SampledStep): void => {
      passes[b]!.at(-1)!.step = step;
    };
    const options = { sampler, positions: V, random: createRandom(0), onStep };
    // The recorded order stands for our own shuffle.
    if (!inputs.positions) return sampleRow(options);
    return runSchedule(visit([...inputs.positions.data].map((position) => [position])), options);
  });
  const codes = await sampleRows(rows, async (queries) => {
    // Logits are asked for here only to compare them; an argmax sampler does not.
    const asked = queries.map(({ row, query }) => ({ text: texts[row]!, query: { ...query, logits: true } }));
    const predictions = await painter.predict(asked);
    for (const [i, { row, query }] of queries.entries()) {
      expect(query.logits).toBe(false);
      const copy = { ...query, codes: query.codes.slice() };
      passes[row]!.push({ asked: copy, told: predictions[i]!, step: undefined as never });
    }
    return predictions;
  });
  return { passes, codes };
}

/** [S, B, ...] → the part of one step and row */
function at({ data, shape }: HostTensor, step: number, row: number): number[] {
  const size = data.length / shape[0]! / shape[1]!;
  const from = (step * shape[1]! + row) * size;
  return [...data.subarray(from, from + size)];
}

function expectConfidence(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);
}

test('cells are where the reference has them', () => {
  const positions = fixture.inputs(fixture.cases[0]!).visual_pos!;
  expectClose(gridPositions(8), positions, { abs: 1e-7, rel: 0 }, 'visual_pos');
});

describe('sampling-tiny', () => {
  test.each(fixture.cases)('$name', async (sampling) => {
    const expected = fixture.expected(sampling);
    const tolerance = (sampling as unknown as SamplingCase).tolerance;
    const { passes, codes } = await run(sampling as unknown as SamplingCase);
    for (const [b, steps] of passes.entries()) {
      expect(steps).toHaveLength(sampling.sampler.n_steps);
      for (const [s, { asked, told, step }] of steps.entries()) {
        expect([...step.codes], `codes after step ${s}`).toEqual(at(expected.code_ids!, s, b));
        if (expected.mask) {
          const mask = at(expected.mask, s, b);
          expect([...asked.codes].map((code) => (code < 0 ? 1 : 0))).toEqual(mask);
          expect([...step.updated].sort((x, y) => x - y)).toEqual(mask.flatMap((m, i) => (m ? [i] : [])));
          const predicted = at(expected.predicted_ids!, s, b);
          for (const [i, position] of asked.read.entries()) {
            if (mask[position]) expect(told.ids[i]).toBe(predicted[position]);
          }
        } else {
          expect(step.updated).toEqual(at(expected.chosen!, s, b));
          const [chosen] = step.updated as [number];
          expect(step.codes[chosen]).toBe(at(expected.chosen_ids!, s, b)[0]);
          const confidence = at(expected.chosen_confidence!, s, b)[0]!;
          expectConfidence(step.confidence[chosen]!, confidence, tolerance.confidence);
        }
        if (expected.confidence) {
          const confidence = at(expected.confidence, s, b);
          for (const position of asked.read) {
            expectConfidence(step.confidence[position]!, confidence[position]!, tolerance.confidence);
          }
        }
      }
      expect([...codes[b]!]).toEqual([...expected.final_codes!.data.subarray(b * V, (b + 1) * V)]);
      if (expected.logits_last) {
        const { asked, told } = steps.at(-1)!;
        const K = 64;
        const all = expected.logits_last.data.subarray(b * V * K, (b + 1) * V * K);
        const read = asked.read.flatMap((position) => [...all.subarray(position * K, (position + 1) * K)]);
        for (const [i, logit] of read.entries()) expectConfidence(told.logits![i]!, logit, tolerance.logits);
      }
    }
  });
});

describe('a batch', () => {
  const text = Array.from(fixture.inputs(fixture.cases[0]!).input_ids!.data.subarray(0, TOKENS));
  const row = (strategy: Strategy, seed: number): Row =>
    sampleRow({
      sampler: resolveSampler(
        { strategy, temperature: 1, top_k: 16, steps: strategy === 'parallel' ? 1 : 6 },
        V,
        64,
      ),
      positions: V,
      random: createRandom(seed),
    });
  const paint = async (rows: Row[]): Promise<number[][]> => {
    const [encoded] = await painter.encode([text]);
    const codes = await sampleRows(rows, (queries) =>
      painter.predict(queries.map(({ query }) => ({ text: encoded!, query }))),
    );
    return codes.map((row) => [...row]);
  };

  test('of different samplers gives each row what it gets alone', async () => {
    const kinds: [Strategy, number][] = [
      ['mask-predict', 1],
      ['random', 2],
      ['parallel', 3],
      ['easy-first', 4],
      ['top-left', 5],
    ];
    const together = await paint(kinds.map(([strategy, seed]) => row(strategy, seed)));
    for (const [i, [strategy, seed]] of kinds.entries()) {
      expect(together[i], strategy).toEqual((await paint([row(strategy, seed)]))[0]);
      expect(together[i]!.every((code) => code >= 0 && code < 64)).toBe(true);
    }
  });

  test('of different seeds gives different images', async () => {
    const [a, b, again] = await paint([
      row('mask-predict', 1),
      row('mask-predict', 2),
      row('mask-predict', 1),
    ]);
    expect(a).not.toEqual(b);
    expect(a).toEqual(again);
  });

  test('that is aborted stops between two passes', async () => {
    const controller = new AbortController();
    let passes = 0;
    const [encoded] = await painter.encode([text]);
    const painting = sampleRows(
      [row('random', 1)],
      (queries) => {
        passes++;
        controller.abort(new Error('hung up'));
        return painter.predict(queries.map(({ query }) => ({ text: encoded!, query })));
      },
      controller.signal,
    );
    await expect(painting).rejects.toThrow('hung up');
    expect(passes).toBe(1);
  });

  test('refuses a text that is too long', async () => {
    await expect(painter.encode([new Array<number>(TOKENS + 1).fill(5)])).rejects.toThrow('at most 12');
  });
});
