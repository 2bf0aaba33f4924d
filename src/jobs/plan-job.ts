/** From a request for a job to the job: everything resolved, or a refusal before it is queued. */
import { randomInt } from 'node:crypto';
import { CodedError } from '../errors.ts';
import { LARGEST_SEED } from '../random.ts';
import { resolveDataset } from '../runs/datasets.ts';
import { planTraining } from '../runs/training-run.ts';
import { TrainingError } from '../training/run/errors.ts';
import { trainingMemory } from '../training/run/memory.ts';
import type { Role, TrainingKind } from '../training/run/training-kind.ts';
import { type AskedNeeds, neededBy } from './needs.ts';
import { jobsAmong, type SharedFiles, withBrought } from './shared-files.ts';
import type { NewJob } from './train-jobs.ts';

export interface JobRequest {
  kind: string;
  dataset: string;
  base_model?: string;
  components?: Partial<Record<Exclude<Role, 'base_model'>, string>>;
  hyperparameters?: Record<string, unknown>;
  seed?: number;
  suffix?: string;
  metadata?: Record<string, string>;
  needs?: AskedNeeds;
}

/** An estimate below this is no need: whatever machine the server runs on has it. */
const LEAST_MEMORY_MB = 2048;

/**
 * @param mayUse whether a job that is named as a component is there for whoever asks
 * @throws CodedError dataset_unusable, component_unusable, impossible_request, invalid_request, store_unavailable
 */
export async function planJob(
  request: JobRequest,
  kinds: readonly TrainingKind[],
  folders: { dataDir: string; checkpointsDir: string; shared?: SharedFiles | undefined },
  keyId: string | null,
  mayUse: (job: string) => Promise<boolean>,
): Promise<NewJob> {
  const kind = kinds.find(({ name }) => name === request.kind)!;
  const refuse = (error: unknown): never => {
    throw error instanceof TrainingError ? refusal(error) : error;
  };
  const { shared } = folders;
  const { name: dataset } = await withBrought(shared, { dataset: request.dataset }, () =>
    resolveDataset(request.dataset, kind, folders.dataDir).catch(refuse),
  );
  const references: Partial<Record<Role, string>> = {
    ...request.components,
    ...(request.base_model !== undefined && { base_model: request.base_model }),
  };
  for (const role of Object.keys(references) as Role[]) {
    if ([...kind.requires, ...kind.optional].includes(role)) continue;
    throw new CodedError('component_unusable', `Jobs of the kind ${kind.name} build on no ${role}.`, {
      param: paramOf(role),
    });
  }
  for (const [role, reference] of Object.entries(references)) {
    const [job] = jobsAmong([reference]);
    if (job === undefined || (await mayUse(job))) continue;
    throw new CodedError('component_unusable', `There is no job "${job}".`, { param: paramOf(role) });
  }
  const seed = request.seed ?? randomInt(LARGEST_SEED + 1);
  const asked = { kind, dataset, hyperparameters: request.hyperparameters ?? {}, components: references };
  const { hyperparameters, components, weights } = await withBrought(
    shared,
    { references: Object.values(references) },
    () => planTraining(asked, folders).catch(refuse),
  );
  return {
    kind: kind.name,
    dataset,
    seed,
    components,
    hyperparameters,
    steps: Number(hyperparameters.steps ?? hyperparameters.iterations ?? 1),
    suffix: request.suffix,
    metadata: request.metadata ?? {},
    keyId,
    needs: neededBy(request.needs, memoryFor(weights)),
    command: commandOf(kind.name, dataset, seed, components, hyperparameters),
  };
}

function memoryFor(weights: number | undefined): number {
  const estimate = weights === undefined ? 0 : trainingMemory(weights);
  return estimate < LEAST_MEMORY_MB ? 0 : estimate;
}

function refusal(fault: TrainingError): CodedError {
  const { subject, code } = fault;
  if (code === 'dataset_unusable') return CodedError.of(code, fault, '/dataset');
  if (code === 'invalid_hyperparameter')
    return CodedError.of(
      'impossible_request',
      fault,
      subject === undefined ? '/hyperparameters' : `/hyperparameters/${subject}`,
    );
  return CodedError.of('component_unusable', fault, paramOf(subject ?? 'base_model'));
}

const paramOf = (role: string) => (role === 'base_model' ? '/base_model' : `/components/${role}`);

/** What does the same on the command line: it goes into the card of the result. */
function commandOf(
  kind: string,
  dataset: string,
  seed: number,
  components: Record<string, { id: string }>,
  hyperparameters: Record<string, unknown>,
): string {
  const flags = { dataset, seed, ...mapValues(components, ({ id }) => id), ...hyperparameters };
  const words = Object.entries(flags).map(([name, value]) => `--${name.replaceAll('_', '-')} ${value}`);
  return ['npm run train --', kind, ...words].join(' ');
}

const mapValues = <A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
