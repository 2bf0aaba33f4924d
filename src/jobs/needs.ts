/**
 * What a job needs of the machine that does it, and which workers have that. Jobs of the same needs wait in a queue of
 * their own, so that a worker is handed nothing that it could only put back.
 */

export interface Needs {
  /** Names that the worker must have. */
  readonly labels: readonly string[];
  /** Megabytes (2^20) of the device that computes; 0: any. */
  readonly memoryMb: number;
}

export const NO_NEEDS: Needs = { labels: [], memoryMb: 0 };

export const LABEL_PATTERN = '^[a-z0-9][a-z0-9._-]*$';
export const LABEL_LENGTH = 32;
export const isLabel = (text: string): boolean =>
  text.length <= LABEL_LENGTH && new RegExp(LABEL_PATTERN).test(text);

/** As requests say it. */
export interface AskedNeeds {
  labels?: readonly string[];
  memory_mb?: number;
}

/** @param memoryMb where the request does not say */
export const neededBy = (asked: AskedNeeds = {}, memoryMb = 0): Needs => ({
  labels: asked.labels ?? [],
  memoryMb: asked.memory_mb ?? memoryMb,
});

const QUEUE = 'train-jobs';
/** Queues are by memory in these steps, so that there are not as many of them as jobs. */
const STEP_MB = 256;

const stepsOf = ({ memoryMb }: Needs) => Math.ceil(memoryMb / STEP_MB);

/** `train-jobs` for what any worker can do, else `train-jobs/<memory>/<label>/…`. */
export function queueOf(needs: Needs): string {
  const labels = [...new Set(needs.labels)].sort();
  const steps = stepsOf(needs);
  return steps === 0 && labels.length === 0 ? QUEUE : [QUEUE, steps, ...labels].join('/');
}

/** @returns undefined for a queue of something else */
export function needsOf(queue: string): Needs | undefined {
  const [name, steps = '0', ...labels] = queue.split('/');
  return name === QUEUE ? { memoryMb: Number(steps) * STEP_MB, labels } : undefined;
}

/** Whether a worker can do such jobs. */
export const satisfies = (worker: Needs, needs: Needs): boolean =>
  worker.memoryMb >= stepsOf(needs) * STEP_MB && needs.labels.every((label) => worker.labels.includes(label));

/** As a row of jobs has it. */
export const readNeeds = (json: unknown): Needs => neededBy((json ?? {}) as AskedNeeds);

export const writtenNeeds = ({ labels, memoryMb }: Needs) => ({ labels: [...labels], memory_mb: memoryMb });

/** What a waiting job waits for, for people: the beginning of a sentence, without a full stop. */
export function waitingFor(needs: Needs, workers: readonly Needs[]): string {
  if (workers.length === 0) return `a worker${having(needs)}: none is running, npm run worker starts one`;
  if (workers.some((worker) => satisfies(worker, needs))) return 'its turn';
  const there = workers.map(({ labels, memoryMb }) => [...labels, `${memoryMb} MB`].join(', '));
  return `a worker${having(needs)}: those that are running have ${[...new Set(there)].join('; ')}`;
}

function having({ labels, memoryMb }: Needs): string {
  const parts = [
    ...(labels.length > 0 ? [`the ${labels.length > 1 ? 'labels' : 'label'} ${labels.join(', ')}`] : []),
    ...(memoryMb > 0 ? [`${memoryMb} MB of memory`] : []),
  ];
  return parts.length === 0 ? '' : ` with ${parts.join(' and ')}`;
}
