/**
 * The training loop that every kind shares.
 *
 * The data of a step is a pure function of the seed and the step's number, so a checkpoint is the state and one
 * number, and a run that was killed sees after `--resume` exactly what it would have seen. Between two checkpoints the
 * state is saved every few seconds, so that a run that is killed loses no more than those.
 */
import type { Engine, InputSpec, Trainer, TrainingPrecision, TrainStep } from '../../engines/engine.ts';
import type { HostTensors } from '../../tensor.ts';
import { openTrainer, type StepParts } from './apart-trainer.ts';
import { TrainingError, TrainingInterrupted } from './errors.ts';
import { gradientSums, lasting } from './gradient-step.ts';
import { PeerDone, type Peers, partOfPasses, type StartPeers } from './peers.ts';
import { Progress, type ProgressOutput } from './progress.ts';
import type { MetricsLine, Run } from './run-directory.ts';

export interface LoopStep {
  task: string;
  batch: HostTensors;
}

export interface LoopPlan {
  name: string;
  steps: number;
  batchSize: number;
  checkpointEvery: number;
  /** Milliseconds of work that a run that is killed may lose; left out: 10 s. */
  saveEveryMs?: number;
  /** Most steps that the engine runs per call; fewer when they are slow. A call never crosses a checkpoint. */
  stepsPerCall: number;
  tasks: Record<string, TrainStep>;
  /** The same in parts, for a state that is larger than whole steps are for; left out: whole steps whatever its size. */
  parts?: StepParts;
  batch: Record<string, InputSpec>;
  /** State of a new run. Made when it is wanted, and not kept: it may be large. */
  initialState: () => HostTensors;
  /** Precision of the matrix products; left out: float32. */
  precision?: TrainingPrecision;
  /** That share every batch; left out: one. Steps are then in passes, and tasks have a `<task>/update`. */
  processes?: number;
  /** Metrics to log beside the loss, for tasks that have not all of them. */
  reported?: Record<string, readonly string[]>;
  /** Must depend on `step` alone (counted from 0). Several: the passes of one step, in this order. */
  next(step: number): LoopStep | readonly LoopStep[];
  /** Validation and sample sheets, at every checkpoint. The numbers go into metrics.jsonl. */
  evaluate?(state: HostTensors, step: number): Promise<Record<string, number>>;
}

/** A call takes no longer than this, but for a single step: nothing reaches a loop that is in a call. */
const CALL_MS = 1_000;
const SAVE_EVERY_MS = 10_000;
/** A large state is saved less often: saving takes no more than this share of the time. */
const SAVING_SHARE = 0.05;

/**
 * Trains to the end and returns the final state.
 * Every step's metrics must have a `loss`.
 *
 * @throws TrainingInterrupted when `signal` aborts; a checkpoint has been saved
 * @throws TrainingError diverged, when a loss is not a finite number; the last checkpoint is kept
 */
export async function runLoop(
  context: {
    engine: Engine;
    run: Run;
    signal: AbortSignal;
    output: ProgressOutput;
    startPeers?: StartPeers;
    peers?: Peers;
  },
  plan: LoopPlan,
): Promise<HostTensors> {
  const { engine, run, signal } = context;
  const { precision = 'float32', processes = 1 } = plan;
  const { trainer, sums, from } = await begin(engine, run, plan);
  let step = from;
  if (context.peers) return follow(trainer, sums, plan, step, context.peers);
  const progress = new Progress(context.output, { ...plan, firstStep: step });
  if (step > 0) progress.note(`resumed at step ${step}`);
  if (precision === 'bf16' && engine.bf16 === 'emulated') {
    progress.note(`${engine.name} imitates bf16: the numbers are those of a GPU, the time is not`);
  }
  const isCheckpoint = () => step % plan.checkpointEvery === 0 || step === plan.steps;
  const validate = async () => {
    if (!plan.evaluate) return;
    run.phase('validating');
    const values = await plan.evaluate(trainer.state(), step);
    await run.log([{ step, split: 'validation', ...values }]);
    const shown = Object.entries(values).map(([key, value]) => `${key} ${value.toFixed(4)}`);
    progress.note(`validation at step ${step}: ${shown.join(' ')}`);
  };
  let stepMs: number | undefined;
  let savedAt = performance.now();
  let savingMs = 0;
  /** Saving costs what it cost the last time, nothing before the first. */
  const { saveEveryMs = SAVE_EVERY_MS } = plan;
  const isDue = () => performance.now() - savedAt > Math.max(saveEveryMs, savingMs / SAVING_SHARE);
  const save = async (write: () => Promise<void>) => {
    const started = performance.now();
    await write();
    savedAt = performance.now();
    savingMs = savedAt - started;
  };
  const peers = processes > 1 ? started(context.startPeers, processes) : undefined;
  const sharing: Sharing | undefined = peers && { peers, sums, norm: undefined };
  try {
    await peers?.ready();
    // Killed between a checkpoint and its validation: the numbers are not lost.
    if (step > 0 && isCheckpoint() && !(await run.isValidated(step))) await validate();
    while (step < plan.steps) {
      if (signal.aborted) {
        run.stopping(step);
        if (from !== step && step % plan.checkpointEvery !== 0) {
          await run.saveCheckpoint(step, lasting(trainer.state()));
        }
        throw new TrainingInterrupted(step);
      }
      const toCheckpoint = plan.checkpointEvery - (step % plan.checkpointEvery);
      const inTime = stepMs === undefined ? 1 : Math.max(1, Math.floor(CALL_MS / stepMs));
      const count = Math.min(plan.stepsPerCall, inTime, toCheckpoint, plan.steps - step);
      const started = performance.now();
      const first = plan.next(step);
      const { group, metrics } =
        'task' in first
          ? await runSteps(trainer, [first, ...rest(plan, step, count)])
          : await runPasses(trainer, first, signal, step, sharing);
      const done = group.length;
      const lines = metrics.map((values, i): MetricsLine => {
        const task = group[i]!;
        const reported = plan.reported?.[task];
        const shown = Object.entries(values).filter(
          ([key]) => !reported || key === 'loss' || key === 'grad_norm' || reported.includes(key),
        );
        return { step: step + i + 1, task, ...Object.fromEntries(shown) };
      });
      await run.log(lines);
      for (const line of lines) checkFinite(line);
      step += done;
      stepMs = (performance.now() - started) / done;
      progress.update(
        step,
        lines.map((line) => ({ task: String(line.task), loss: Number(line.loss) })),
      );
      if (isCheckpoint()) {
        await save(() => run.saveCheckpoint(step, lasting(trainer.state())));
        await validate();
      } else if (isDue()) await save(() => run.saveResumePoint(step, lasting(trainer.state())));
      // session.run holds the event loop; without a turn of it no signal would ever be seen.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return lasting(trainer.state());
  } finally {
    await peers?.close();
    await trainer.release();
  }
}

/** In a function of its own, which ends: no more than one state is kept. */
async function begin(engine: Engine, run: Run, plan: LoopPlan) {
  const initial = plan.initialState();
  const saved = await run.lastSaved();
  if (saved) checkSameState(initial, saved.state, run.description.name);
  // In the order of a run that was never stopped, not in the file's: the norm of the gradients is a sum over the
  // tensors, and another order has other last bits.
  const names = Object.keys(initial);
  const state = saved
    ? Object.fromEntries(names.map((key) => [key, saved.state[key] ?? initial[key]!]))
    : initial;
  run.phase('compiling');
  const { name, tasks: steps, parts, batch, precision = 'float32' } = plan;
  const trainer = await openTrainer(engine, { name, steps, parts, state, batch, precision });
  return { trainer, sums: gradientSums(names), from: saved?.step ?? 0 };
}

function started(start: StartPeers | undefined, count: number) {
  if (start) return start(count);
  throw new TrainingError('invalid_hyperparameter', 'processes: this command trains in one process.', {
    subject: 'processes',
  });
}

interface Sharing {
  readonly peers: Peers;
  /** Names of what is added up. */
  readonly sums: readonly string[];
  /** Norm of the gradients of the last update. */
  norm: number | undefined;
}

/** All that a process other than the first one does. @throws PeerDone at the end */
async function follow(
  trainer: Trainer,
  sums: readonly string[],
  plan: LoopPlan,
  from: number,
  peers: Peers,
): Promise<never> {
  await peers.ready();
  // The first process decides when to stop, and ends the others.
  const { signal } = new AbortController();
  const sharing: Sharing = { peers, sums, norm: undefined };
  for (let step = from; step < plan.steps; step++) {
    await runPasses(trainer, plan.next(step) as readonly LoopStep[], signal, step, sharing);
  }
  throw new PeerDone();
}

const rest = (plan: LoopPlan, step: number, count: number): LoopStep[] =>
  Array.from({ length: count - 1 }, (_, i) => plan.next(step + 1 + i) as LoopStep);

interface Done {
  /** Task of each step. */
  group: string[];
  metrics: Record<string, number>[];
}

async function runSteps(trainer: Trainer, steps: readonly LoopStep[]): Promise<Done> {
  return { group: steps.map(({ task }) => task), metrics: await trainer.run(steps) };
}

/**
 * One step in passes, as many a call as its time allows.
 * @throws TrainingInterrupted between two calls; what the passes summed is lost, the last saved state is not
 */
async function runPasses(
  trainer: Trainer,
  passes: readonly LoopStep[],
  signal: AbortSignal,
  step: number,
  sharing?: Sharing,
): Promise<Done> {
  const task = taskOf(passes.at(-1)!);
  const own = sharing
    ? partOfPasses(passes, sharing.peers).map((pass) => ({ ...pass, task: `${task}/more` }))
    : passes;
  let found: Record<string, number>[] = [];
  let passMs: number | undefined;
  while (found.length < own.length) {
    if (signal.aborted) throw new TrainingInterrupted(step);
    const inTime = passMs === undefined ? 1 : Math.max(1, Math.floor(CALL_MS / passMs));
    const some = own.slice(found.length, found.length + inTime);
    const started = performance.now();
    found.push(...(await trainer.run(some)));
    passMs = (performance.now() - started) / some.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (sharing) {
    found = await shared(trainer, { task: `${task}/update`, batch: own[0]!.batch }, found, sharing);
  }
  const sum = (name: string) => found.reduce((total, values) => total + values[name]!, 0);
  const merged = Object.keys(found[0]!).map((name) => {
    if (name === 'loss' || name.endsWith('_loss')) return [name, sum(name)];
    return [name, name.endsWith('grad_norm') ? found.at(-1)![name]! : sum(name) / found.length];
  });
  return { group: [task], metrics: [Object.fromEntries(merged)] };
}

/** Without what tells passes apart. */
const taskOf = ({ task }: LoopStep): string => task.split('/')[0]!;

/** Adds up what all processes have, and updates. @returns the metrics of all passes, the norm among the last one's */
async function shared(
  trainer: Trainer,
  update: LoopStep,
  own: readonly Record<string, number>[],
  sharing: Sharing,
): Promise<Record<string, number>[]> {
  const { peers, sums, norm } = sharing;
  const all = await peers.exchange({ gradients: trainer.state(sums), metrics: own, norm });
  trainer.replace(all.gradients);
  const [{ grad_norm = 0 } = {}] = await trainer.run([update]);
  sharing.norm = grad_norm;
  return all.metrics.map((values, i) => (i === all.metrics.length - 1 ? { ...values, grad_norm } : values));
}

function checkFinite(line: MetricsLine): void {
  if (Number.isFinite(line.loss)) return;
  throw new TrainingError(
    'diverged',
    `The loss of step ${line.step} (${line.task}) is ${line.loss}; lower learning_rate or max_grad_norm, ` +
      'then start a new run or resume from the last checkpoint.',
  );
}

function checkSameState(fresh: HostTensors, saved: HostTensors, name: string): void {
  // Runs of before this kept the sums of gradients with it.
  const wrong = Object.keys({ ...lasting(fresh), ...lasting(saved) }).filter(
    (key) => fresh[key]?.shape.join() !== saved[key]?.shape.join(),
  );
  if (wrong.length === 0) return;
  const shown = wrong.slice(0, 5).join(', ');
  throw new TrainingError(
    'run_mismatch',
    `The checkpoint of run "${name}" does not fit the model (${wrong.length} tensors, first ${shown}); ` +
      'the code or a component has changed since: start a new run.',
  );
}
