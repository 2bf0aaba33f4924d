import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { float32, type HostTensors } from '../../../src/tensor.ts';
import { TrainingInterrupted } from '../../../src/training/run/errors.ts';
import { type LoopPlan, type LoopStep, runLoop } from '../../../src/training/run/loop.ts';
import { Run } from '../../../src/training/run/run-directory.ts';
import { openTinyRun, silent, tinyPlan } from './tiny-run.ts';

const STEPS = 23;
const engine = createOnnxRuntimeEngine({ threads: 1 });
let runs: string;

beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'runs-'));
});
afterEach(() => rm(runs, { recursive: true, force: true }));

async function train(
  name: string,
  plan: LoopPlan,
  signal = new AbortController().signal,
  on = engine,
): Promise<HostTensors> {
  const run = await openTinyRun(runs, name);
  try {
    return await runLoop({ engine: on, run, signal, output: silent }, plan);
  } finally {
    await run.close();
  }
}

const metricsOf = (name: string) => readFile(join(runs, name, 'metrics.jsonl'), 'utf8');

describe('runLoop', () => {
  it('learns, logs every step, and keeps the newest checkpoints', async () => {
    await train('plain', tinyPlan(STEPS));
    const lines = (await metricsOf('plain')).trim().split('\n');
    const metrics = lines.map((line) => JSON.parse(line) as { step: number; loss: number; task: string });
    expect(metrics.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
    expect(new Set(metrics.map(({ task }) => task))).toEqual(new Set(['straight', 'flipped']));
    const mean = (part: typeof metrics) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(metrics.slice(-5))).toBeLessThan(0.7 * mean(metrics.slice(0, 5)));
    expect(await readdir(join(runs, 'plain', 'checkpoints'))).toEqual(['step-00000020', 'step-00000023']);
  });

  it('goes on with the same loss curve and ends with the same weights after kill -9', async () => {
    const expected = await train('plain', tinyPlan(STEPS));
    const program = join(import.meta.dirname, 'tiny-run.ts');
    // Killed before the first checkpoint, right after one, and between two.
    for (const killAt of ['4', '10', '18']) {
      const killed = promisify(execFile)(process.execPath, [
        ...['--import', 'tsx', program, runs, 'killed', String(STEPS), killAt],
      ]);
      await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    }
    const ended = await train('killed', tinyPlan(STEPS));
    expect(await metricsOf('killed')).toBe(await metricsOf('plain'));
    expect(ended).toEqual(expected);
  });

  it('loses no more than the steps since it was last saved, between checkpoints too', async () => {
    await train('plain', { ...tinyPlan(STEPS), checkpointEvery: 100 });
    const slowly = (throwsAt: number) => ({
      ...tinyPlan(STEPS, (step) => {
        if (step === throwsAt) throw new Error('killed');
        // As long as any saving of so little, many times over.
        for (const end = performance.now() + 200; performance.now() < end; );
      }),
      checkpointEvery: 100,
      saveEveryMs: 1,
    });
    await expect(train('saved', slowly(9))).rejects.toThrow('killed');
    const [saved, ...others] = await readdir(join(runs, 'saved', 'checkpoints'));
    expect([saved, others]).toEqual([expect.stringMatching(/^resume-0000000[1-9]$/), []]);
    const seen: number[] = [];
    const plan = tinyPlan(STEPS, (step) => seen.push(step));
    const ended = await train('saved', { ...plan, checkpointEvery: 100 });
    expect(seen[0]).toBe(Number(saved!.slice(-8)));
    expect(await metricsOf('saved')).toBe(await metricsOf('plain'));
    expect(ended.weight).toEqual((await train('plain', { ...tinyPlan(STEPS), checkpointEvery: 100 })).weight);
    // Of no use any more.
    expect(await readdir(join(runs, 'saved', 'checkpoints'))).toEqual([`step-000000${STEPS}`]);
  });

  it('trains a state that is too large for whole steps as one that is not', async () => {
    const apart = createOnnxRuntimeEngine({ threads: 1, largestState: 0 });
    const { signal } = new AbortController();
    const expected = await train('plain', tinyPlan(STEPS));
    const found = await train('apart', tinyPlan(STEPS), signal, apart);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [name, { data }] of Object.entries(expected)) {
      for (const [i, value] of data.entries()) expect(found[name]!.data[i], name).toBeCloseTo(value, 5);
    }
    const [lines, others] = [await metricsOf('plain'), await metricsOf('apart')].map((text) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, number | string>),
    ) as [Record<string, number | string>[], Record<string, number | string>[]];
    for (const [i, line] of lines.entries()) {
      expect(Object.keys(others[i]!)).toEqual(Object.keys(line));
      for (const [name, value] of Object.entries(line)) {
        if (typeof value === 'string') expect(others[i]![name]).toBe(value);
        else expect(others[i]![name]).toBeCloseTo(value, 5);
      }
    }
    // Stopped halfway and taken up again, to the bit.
    const stop = new AbortController();
    const stopping = tinyPlan(STEPS, (step) => step === 12 && stop.abort());
    await expect(train('halves', stopping, stop.signal, apart)).rejects.toThrow(TrainingInterrupted);
    expect(await train('halves', tinyPlan(STEPS), signal, apart)).toEqual(found);
    expect(await metricsOf('halves')).toBe(await metricsOf('apart'));
  });

  it('drops a metrics line that a crash cut short', async () => {
    await train('plain', tinyPlan(STEPS));
    const stop = new AbortController();
    const plan = tinyPlan(STEPS, (step) => step === 12 && stop.abort());
    await expect(train('cut', plan, stop.signal)).rejects.toThrow(TrainingInterrupted);
    const path = join(runs, 'cut', 'metrics.jsonl');
    await writeFile(path, `${await readFile(path, 'utf8')}{"step":14,"lo`);
    await train('cut', tinyPlan(STEPS));
    expect(await metricsOf('cut')).toBe(await metricsOf('plain'));
  });

  it('saves a checkpoint when it is asked to stop', async () => {
    const stop = new AbortController();
    const plan = tinyPlan(STEPS, (step) => step === 6 && stop.abort());
    // The call that was being prepared is run to its end: steps 5, 6 and 7.
    await expect(train('stopped', plan, stop.signal)).rejects.toMatchObject({ step: 8 });
    expect(await readdir(join(runs, 'stopped', 'checkpoints'))).toContain('step-00000008');
  });

  it('validates at every checkpoint and logs what it found', async () => {
    const seen: number[] = [];
    await train('validated', {
      ...tinyPlan(10),
      evaluate: async (state, step) => {
        seen.push(state.weight!.data[0]!);
        return { score: step };
      },
    });
    expect(new Set(seen).size).toBe(2);
    const lines = (await metricsOf('validated'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter((line) => line.split === 'validation')).toEqual([
      { step: 5, split: 'validation', score: 5 },
      { step: 10, split: 'validation', score: 10 },
    ]);
  });

  it('stops when the loss is no number, and keeps the last checkpoint', async () => {
    const plan = tinyPlan(STEPS);
    const next: LoopPlan['next'] = (step) => {
      const { task, batch } = plan.next(step) as LoopStep;
      return { task, batch: step === 8 ? { ...batch, learning_rate: float32([Number.NaN], []) } : batch };
    };
    await expect(train('broken', { ...plan, next })).rejects.toMatchObject({ code: 'diverged' });
    expect(await readdir(join(runs, 'broken', 'checkpoints'))).toEqual(['step-00000005']);
  });

  it('refuses a checkpoint of another model', async () => {
    const stop = new AbortController();
    const plan = tinyPlan(STEPS, (step) => step === 6 && stop.abort());
    await expect(train('other', plan, stop.signal)).rejects.toThrow(TrainingInterrupted);
    const larger = { ...plan, initialState: () => ({ ...plan.initialState(), more: float32([0], [1]) }) };
    await expect(train('other', larger)).rejects.toMatchObject({ code: 'run_mismatch' });
  });
});

describe('Run', () => {
  it('is not trained by two processes at once, and outlives a process that is gone', async () => {
    const run = await openTinyRun(runs, 'mine');
    // Process 1 is always alive.
    await writeFile(join(runs, 'mine', 'lock'), '1\n');
    await expect(Run.resume(runs, 'mine')).rejects.toMatchObject({ code: 'run_in_use' });
    await writeFile(join(runs, 'mine', 'lock'), '999999999\n');
    await (await Run.resume(runs, 'mine')).close();
    await run.close();
  });

  it('renews its lock while a computation holds the event loop', async () => {
    const run = await openTinyRun(runs, 'busy');
    const lock = join(runs, 'busy', 'lock');
    // The thread that renews has started.
    const { mtimeMs: first } = statSync(lock);
    while (statSync(lock).mtimeMs === first) await sleep(50);
    const { mtimeMs: before } = statSync(lock);
    // No turn of the event loop, for longer than from one renewal to the next.
    for (const end = performance.now() + 3000; performance.now() < end; );
    expect(statSync(lock).mtimeMs).toBeGreaterThan(before);
    await run.close();
  });

  it('is not overwritten', async () => {
    const run = await openTinyRun(runs, 'mine');
    await run.close();
    await expect(Run.create(runs, run.description)).rejects.toMatchObject({ code: 'run_exists' });
    await expect(Run.resume(runs, 'theirs')).rejects.toMatchObject({ code: 'run_not_found' });
  });
});
