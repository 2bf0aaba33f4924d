/** `bench peers`: the authors' code in PyTorch beside this engine, in one run and in turn. */
import { writeAtomically } from '../../atomic-files.ts';
import type { Config } from '../../config.ts';
import { sceneVocabulary } from '../../datasets/scenes/index.ts';
import { type EngineChoice, forTraining, openEngine } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import {
  PAPER_LXMERT,
  paperSizeFinetuned,
  paperSizeModel,
  paperSizeVocabulary,
} from '../../evaluation/paper-size.ts';
import { PEER_TASKS, type PeerTask } from '../../evaluation/peer-tasks.ts';
import { type Contender, comparePeers, openPeers, PeersError } from '../../evaluation/peers.ts';
import { createAnswerPipeline } from '../../inference/pipelines/answer.ts';
import { createPaintPipeline } from '../../inference/pipelines/paint.ts';
import { createVerifyPipeline } from '../../inference/pipelines/verify.ts';
import { createRandom } from '../../random.ts';
import type { PaintCheckpoint } from '../../zoo/paint-checkpoint.ts';
import { currentCommit } from '../current-commit.ts';
import type { GivenTo } from '../define-command.ts';
import type { benchPeers as description } from './commands.ts';
import { loadDemoModel } from './demo-model.ts';
import { machineText } from './machine.ts';
import { openTrainingStep } from './training-step.ts';

/** Compiling happens in the first run; the second still allocates. */
const WARM_UP = 2;
const BATCHES: Record<PeerTask, readonly number[]> = {
  paint: [1, 8],
  vqa: [1, 8],
  nlvr2: [1, 8],
  train: [4],
  'train-demo': [16],
};
/** Steps that training does in one call: between calls, the state is copied. One by one where it is held apart. */
const STEPS_A_CALL: Partial<Record<PeerTask, number>> = { 'train-demo': 8 };
/** This engine in float32, and as it comes. */
const OURS = ['float32', 'the default'] as const;
const SAMPLER = { strategy: 'mask-predict', steps: 4 } as const;

interface Row {
  task: PeerTask;
  batch: number;
  /** Milliseconds of each contender, of the whole batch. */
  medians: (number | undefined)[];
}

export async function peersBench({ flags, config: settings }: GivenTo<typeof description>): Promise<void> {
  if (flags.reference === undefined) throw new UsageError(HOW);
  const config = settings();
  const { lxmert: demo } = await loadDemoModel(flags.model, config);
  const opening = { checkout: flags.reference, threads: config.threads, demo: demo.config };
  const peers = await openPeers(flags.python, opening).catch((error: unknown) => {
    if (error instanceof PeersError) throw new UsageError(`${error.message}\n\n${HOW}`);
    throw error;
  });
  const rows: Row[] = [];
  const names = [...OURS, ...peers.contenders.map(({ name }) => name)];
  try {
    for (const task of flags.only === undefined ? PEER_TASKS : [flags.only]) {
      const own = await ourselves(task, config, demo);
      try {
        for (const batch of BATCHES[task]) {
          const contenders = [...own.contenders, ...peers.contenders];
          const onRound = (round: number) =>
            process.stderr.write(`${task}, batch ${batch}: ${round} of ${flags.runs + WARM_UP}\n`);
          const medians = await comparePeers(contenders, task, batch, {
            runs: flags.runs,
            warmUp: WARM_UP,
            onRound,
          });
          rows.push({ task, batch, medians });
          // All of it takes half an hour: what is known is told.
          const known = medians.map((ms, i) =>
            ms === undefined ? [] : `${names[i]} ${(ms / batch).toFixed(0)} ms`,
          );
          process.stderr.write(`${task}, batch ${batch}: ${known.flat().join(', ')}\n`);
        }
      } finally {
        await own.release();
      }
    }
  } finally {
    peers.close();
  }
  const about = `Medians of ${flags.runs} runs after ${WARM_UP}, in turn. ${peers.about}; ${machineText()}, code at ${(await currentCommit()).slice(0, 12)}.`;
  process.stdout.write(`${[...table(names, rows), '', about].join('\n')}\n`);
  if (flags.output)
    await writeAtomically(flags.output, `${JSON.stringify({ about, names, rows }, null, 2)}\n`);
}

const HOW = `bench peers needs PyTorch and a checkout of the authors' code:

  git clone https://github.com/allenai/x-lxmert ../x-lxmert
  python3 -m venv ../peers && ../peers/bin/pip install torch==2.13.0 transformers==5.17.0
  npm run bench -- peers --reference ../x-lxmert --python ../peers/bin/python`;

type DemoModel = PaintCheckpoint['lxmert'];

async function ourselves(
  task: PeerTask,
  { engine, threads }: Pick<Config, 'engine' | 'threads'>,
  demo: DemoModel,
) {
  const opened: Awaited<ReturnType<typeof open>>[] = [];
  const calls = STEPS_A_CALL[task] ?? 1;
  // Training is of float32 alone.
  const choices = isTraining(task) ? [forTraining(engine)] : [forTraining(engine), engine];
  for (const one of choices) opened.push(await open(task, one, threads, demo));
  const contenders = OURS.map(
    (name, i): Contender => ({
      name,
      run: async (_task, batch) => {
        const one = opened[i];
        if (!one) return undefined;
        const start = performance.now();
        await one.run(batch);
        return (performance.now() - start) / calls;
      },
    }),
  );
  return { contenders, release: () => Promise.all(opened.map((one) => one.release())) };
}

async function open(
  task: PeerTask,
  choice: EngineChoice,
  threads: number,
  demo: DemoModel,
): Promise<{ run(batch: number): Promise<unknown>; release(): Promise<unknown> }> {
  const engine = await openEngine(choice, threads);
  const all = <T>(batch: number, one: (i: number) => Promise<T>) =>
    Promise.all(Array.from({ length: batch }, (_, i) => one(i)));
  if (isTraining(task)) {
    const model = task === 'train' ? paperSizeModel(sceneVocabulary(), 0).lxmert : demo;
    const { run, release } = await openTrainingStep(engine, model, BATCHES[task][0]!);
    return { run: () => run(STEPS_A_CALL[task]), release };
  }
  if (task === 'paint') {
    const model = paperSizeModel(sceneVocabulary(), 0);
    const pipeline = await createPaintPipeline(engine, { id: 'paper-size', ...model });
    const paint = (seed: number) =>
      pipeline.paint({ prompt: PROMPT, seed, sampler: SAMPLER, format: 'png', steps: false });
    return { run: (batch) => all(batch, paint), release: () => pipeline.release() };
  }
  const random = createRandom('peers');
  const cells = PAPER_LXMERT.grid ** 2 * PAPER_LXMERT.visual_feat_dim;
  const pictures = Array.from({ length: 16 }, () => ({
    features: Float32Array.from({ length: cells }, () => random.normal()),
  }));
  const parts = { ...paperSizeFinetuned(task), vocabulary: paperSizeVocabulary(sceneVocabulary()) };
  if (task === 'vqa') {
    const answers = Array.from({ length: parts.config.num_answers }, (_, i) => `answer ${i}`);
    const pipeline = await createAnswerPipeline(engine, { ...parts, answers });
    return {
      run: (batch) => all(batch, (i) => pipeline.answer(pictures[i]!, PROMPT, 5)),
      release: () => pipeline.release(),
    };
  }
  const pipeline = await createVerifyPipeline(engine, parts);
  return {
    run: (batch) => all(batch, (i) => pipeline.verify(pictures[2 * i]!, pictures[2 * i + 1]!, PROMPT)),
    release: () => pipeline.release(),
  };
}

const isTraining = (task: PeerTask) => task === 'train' || task === 'train-demo';

/** 12 tokens with [CLS] and [SEP], as the peers read. */
const PROMPT = 'a red car and two dogs on the green grass';

function table(names: readonly string[], rows: readonly Row[]): string[] {
  const cell = (ms: number | undefined, batch: number) => (ms === undefined ? '' : (ms / batch).toFixed(0));
  const ratio = (a: number | undefined, b: number | undefined) => (a && b ? `${(a / b).toFixed(2)}` : '');
  const head = (titles: readonly string[]) => [
    `| ${titles.join(' | ')} |`,
    `|---|${'---:|'.repeat(titles.length - 1)}`,
  ];
  return [
    ...head(['milliseconds, of one', ...names]),
    ...rows.map(
      ({ task, batch, medians }) =>
        `| ${task}, batch ${batch} | ${medians.map((ms) => cell(ms, batch)).join(' | ')} |`,
    ),
    '',
    ...head(['times as long as the default here', ...names]),
    ...rows.map(
      ({ task, batch, medians }) =>
        `| ${task}, batch ${batch} | ${medians.map((ms) => ratio(ms, medians[1] ?? medians[0])).join(' | ')} |`,
    ),
  ];
}
