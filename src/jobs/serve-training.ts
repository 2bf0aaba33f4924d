/**
 * What a training process does: one order, through the same code as `npm run train`, and messages of how it goes.
 *
 * It runs at a low priority: on a machine that also answers requests, training takes what is left. It ends
 * itself when its worker is gone, in the middle of a computation too, so that whoever goes on with the run finds
 * nobody there.
 */
import { existsSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStorageFull } from '../database/storage.ts';
import { LEAST_FREE, NoSpaceError } from '../disk-space.ts';
import { leaveSignalsToParent } from '../end-signals.ts';
import { endWithParent } from '../end-with-parent.ts';
import { forTraining, openEngine } from '../engines/choose.ts';
import {
  startOrResumeTraining,
  type TrainingEnvironment,
  type TrainingRequest,
} from '../runs/training-run.ts';
import { continued, startTracing } from '../tracing.ts';
import { TrainingError, TrainingInterrupted } from '../training/run/errors.ts';
import type { Run } from '../training/run/run-directory.ts';
import type { TrainingKind } from '../training/run/training-kind.ts';
import { rememberHashes } from '../zoo/file-hashes.ts';
import { readManifest } from '../zoo/manifest.ts';
import type { FromTraining, ToTraining, TrainingOrder, TrainingOutcome } from './training-protocol.ts';

/** The process before us on this run ends itself: wait for that. */
const LOCK_WAIT = 20_000;
/** What would come again: only a loss and what is on disk decide about it. */
const FINAL = new Set([
  'diverged',
  'component_missing',
  'component_mismatch',
  'dataset_unusable',
  'invalid_hyperparameter',
  'run_mismatch',
]);

export function serveTraining(kinds: readonly TrainingKind[]): void {
  const stop = new AbortController();
  leaveSignalsToParent();
  process.on('message', (message: ToTraining) => {
    if (message.type === 'stop') return stop.abort();
    lowerPriority(message.order.niceness);
    endWithParent(message.order.workerPid);
    void begin(message.order, kinds, stop.signal);
  });
}

async function begin(
  order: TrainingOrder,
  kinds: readonly TrainingKind[],
  signal: AbortSignal,
): Promise<void> {
  const endTracing = await startTracing('training');
  const { name: job, trace } = order;
  const outcome = await continued(trace, `train ${order.kind}`, { 'xlxmert.job': job }, () =>
    train(order, kinds, signal),
  );
  await endTracing();
  await tell(outcome);
  process.exit(0);
}

/** Below our own it always works; a worker that was itself started at a low one cannot give more. */
function lowerPriority(niceness: number): void {
  if (niceness > getPriority()) setPriority(niceness);
}

const tell = (message: FromTraining) =>
  new Promise<void>((resolve) => process.send?.(message, () => resolve()) ?? resolve());

async function train(
  order: TrainingOrder,
  kinds: readonly TrainingKind[],
  signal: AbortSignal,
): Promise<TrainingOutcome> {
  try {
    const kind = kinds.find(({ name }) => name === order.kind);
    if (!kind) throw new TrainingError('run_mismatch', `This worker knows no kind "${order.kind}".`);
    const { name, seed, dataset, hyperparameters, components, command, commit } = order;
    const request: TrainingRequest = {
      ...{ kind, name, seed, dataset, hyperparameters, components, command, commit },
    };
    const environment = await environmentOf(order, kinds, signal);
    const run = await whenUnlocked(signal, () => startOrResumeTraining(request, environment));
    const metrics = existsSync(run.result) ? (await readManifest(run.result)).metrics : {};
    return { type: 'done', metrics };
  } catch (error) {
    if (error instanceof TrainingInterrupted) return { type: 'interrupted', step: error.step };
    // The log is this process's output.
    console.error(error);
    if (isStorageFull(error)) {
      const needed = error instanceof NoSpaceError ? error.needed : LEAST_FREE;
      return { type: 'failed', code: 'storage_full', message: 'The disk is full.', final: false, needed };
    }
    if (error instanceof TrainingError) {
      return { type: 'failed', code: error.code, message: error.message, final: FINAL.has(error.code) };
    }
    const message = error instanceof Error ? error.message : String(error);
    return { type: 'failed', code: 'training_failed', message, final: false };
  }
}

async function environmentOf(
  { dataDir, checkpointsDir, engine, threads: all, hyperparameters, recorded }: TrainingOrder,
  kinds: readonly TrainingKind[],
  signal: AbortSignal,
): Promise<TrainingEnvironment> {
  rememberHashes(dataDir);
  const choice = forTraining(engine);
  // A job takes no more than its threads, by however many processes.
  const threads = Math.max(1, Math.floor(all / Number(hyperparameters.processes ?? 1)));
  return {
    dataDir,
    checkpointsDir,
    engine: await openEngine(choice, threads),
    opened: { choice, threads },
    signal,
    output: process.stdout,
    kinds,
    observer: {
      metrics: (lines) => {
        const fresh = lines.filter(({ step }) => step >= recorded);
        if (fresh.length > 0) void tell({ type: 'metrics', lines: fresh });
      },
      checkpoint: (step) => void tell({ type: 'checkpoint', step }),
      saved: (step) => void tell({ type: 'saved', step }),
      phase: (phase, done, total) =>
        void tell({
          type: 'phase',
          phase,
          ...(done !== undefined && total !== undefined && { done, total }),
        }),
      stopping: (step) => void tell({ type: 'stopping', step }),
    },
  };
}

async function whenUnlocked(signal: AbortSignal, train: () => Promise<Run>): Promise<Run> {
  for (const end = Date.now() + LOCK_WAIT; ; await sleep(200)) {
    try {
      return await train();
    } catch (error) {
      if (!(error instanceof TrainingError && error.code === 'run_in_use') || Date.now() > end) throw error;
      if (signal.aborted) throw new TrainingInterrupted(0);
      void tell({ type: 'phase', phase: 'waiting' });
    }
  }
}
