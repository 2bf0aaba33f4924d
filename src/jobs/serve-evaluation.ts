/**
 * What the process of an evaluation's job does: it runs `evaluate`, whose output is the job's log, and reads what that
 * leaves. An evaluation has no checkpoints: one that is stopped begins again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leaveSignalsToParent } from '../end-signals.ts';
import { loaderFlags } from '../engines/loader-flags.ts';
import { metricsOf } from './evaluations.ts';
import { evaluationArgs } from './plan-evaluation.ts';
import type { ToTraining, TrainingOrder, TrainingOutcome } from './training-protocol.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Characters of what the command said last, for the job's error. */
const LAST_WORDS = 1000;
/** The command's own word for what only the user can mend. */
const USAGE = 2;

export function serveEvaluation(): void {
  let child: ChildProcess | undefined;
  let stopped = false;
  const kill = () => void child?.kill('SIGKILL');
  leaveSignalsToParent();
  process.on('disconnect', () => {
    kill();
    process.kill(process.pid, 'SIGKILL');
  });
  process.on('message', (message: ToTraining) => {
    if (message.type === 'stop') {
      stopped = true;
      kill();
      return;
    }
    const done = evaluate(message.order, (started) => {
      child = started;
    });
    void done
      .catch((error: unknown): TrainingOutcome => {
        console.error(error);
        return { type: 'failed', code: 'evaluation_failed', message: String(error), final: false };
      })
      .then((outcome) => (stopped ? ({ type: 'interrupted', step: 0 } as const) : outcome))
      .then((outcome) => process.send?.(outcome, () => process.exit(0)));
  });
}

async function evaluate(
  order: TrainingOrder,
  started: (child: ChildProcess) => void,
): Promise<TrainingOutcome> {
  const { name, dataDir, checkpointsDir, threads, hyperparameters, components, seed } = order;
  const output = join(dataDir, 'runs', name, 'evaluation');
  await mkdir(output, { recursive: true });
  const args = evaluationArgs(hyperparameters, (components as { model: string }).model, seed);
  const places = { 'data-dir': dataDir, 'checkpoints-dir': checkpointsDir, threads, output };
  const flags = Object.entries(places).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const child = spawn(process.execPath, [...loaderFlags(MAIN), MAIN, 'evaluate', ...args, ...flags], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  started(child);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    words = (words + chunk.toString()).slice(-LAST_WORDS);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  if (code !== 0) {
    const message = words.trim() || `The evaluation ended with exit code ${code}.`;
    return { type: 'failed', code: 'evaluation_failed', message, final: code === USAGE };
  }
  const report = JSON.parse(await readFile(join(output, `${args[0]}.json`), 'utf8'));
  return { type: 'done', metrics: metricsOf(report), report };
}
