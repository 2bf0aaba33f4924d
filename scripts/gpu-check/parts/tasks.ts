/** The four tasks, one pass of each network at batch 1, 8 and 32, and a whole picture; milliseconds a row. */
import type { Engine } from '../../../src/engines/engine.ts';
import { measurePainting, StageClock } from '../../../src/evaluation/paint-speed.ts';
import type { FinetunedParts } from '../../../src/inference/pipelines/finetuned.ts';
import { createPaintPipeline } from '../../../src/inference/pipelines/paint.ts';
import { modelLogits } from '../../../src/models/family.ts';
import { generatorFunction, inferenceWeights } from '../../../src/models/generator/generator.ts';
import { gridPositions } from '../../../src/models/lxmert/index.ts';
import { createRandom } from '../../../src/random.ts';
import { createBackbone } from '../../../src/sampling/backbone.ts';
import { createCaptioner } from '../../../src/sampling/captioner.ts';
import { createPainter } from '../../../src/sampling/painter.ts';
import { MASKED } from '../../../src/sampling/sample.ts';
import { float32, int32 } from '../../../src/tensor.ts';
import { MAX_TEXT_TOKENS as T } from '../../../src/text-lengths.ts';
import type { PaintCheckpoint } from '../../../src/zoo/paint-checkpoint.ts';
import { finetunedOf, painterOf, SIZES, type Size } from '../models.ts';
import { type Finding, milliseconds, openBoth, type Part } from '../part.ts';

const BATCHES = [1, 8, 32];
const WORDS = [2, 10, 11, 12, 13, 14, 15, 16, 17, 3];

/** What a network answers, for a comparison of engines. */
type Answers = Record<string, ArrayLike<number>>;

interface Plan {
  batches: readonly number[];
  runs: number;
  /** A row of the table, of milliseconds for the whole batch. */
  row(name: string, batch: number, ms: number): void;
}

async function paintAndCaption(
  engine: Engine,
  { lxmert, generator }: PaintCheckpoint,
  plan: Plan,
): Promise<Answers> {
  const { config, weights } = lxmert;
  const backbone = await createBackbone(engine, config, weights);
  const painter = await createPainter(engine, config, weights, T, backbone);
  const captioner = await createCaptioner(engine, config, weights, backbone);
  const network = await engine.compile({
    name: 'generator',
    ...generatorFunction(generator.config),
    weights: inferenceWeights(generator.weights, weights['vis_emb.weight']!),
  });
  const { positions: V, clusters: K } = painter;
  const random = createRandom('tasks');
  const answers: Answers = {};
  for (const batch of plan.batches) {
    const codes = Array.from({ length: batch }, () => Int32Array.from({ length: V }, () => random.int(K)));
    const texts = await painter.encode(codes.map(() => WORDS));
    const queries = texts.map((text, i) => ({
      text,
      query: {
        codes: codes[i]!.map((code, cell) => (cell % 2 === 0 ? MASKED : code)),
        read: Array.from({ length: V }, (_, cell) => cell),
        logits: false,
      },
    }));
    answers[`painting ${batch}`] = (await painter.predict(queries))[0]!.ids;
    plan.row(
      'painting: a sampling step',
      batch,
      await milliseconds(plan.runs, () => painter.predict(queries)),
    );
    const all = int32(
      codes.flatMap((row) => [...row]),
      [batch, V],
    );
    plan.row(
      'painting: the generator',
      batch,
      await milliseconds(plan.runs, () => network.run({ codes: all })),
    );
    const { featureSize: F } = captioner;
    const features = codes.map(() => Float32Array.from({ length: V * F }, () => random.normal()));
    const seen = await captioner.encode(features);
    const passes = seen.map((picture) => ({ picture, query: { ids: Int32Array.from(WORDS), read: [4] } }));
    plan.row('captioning: a pass', batch, await milliseconds(plan.runs, () => captioner.predict(passes, T)));
  }
  for (const part of [painter, captioner, backbone, network]) await part.release();
  return answers;
}

async function answering(engine: Engine, name: string, parts: FinetunedParts, plan: Plan): Promise<Answers> {
  const { config, weights } = parts;
  const { grid, visual_feat_dim: F } = config;
  const V = grid! ** 2;
  const shape = config.head === 'nlvr2' ? [2, V, F] : [V, F];
  const model = await engine.compile({
    name: 'answer',
    weights: { ...weights, visual_pos: gridPositions(grid!, config.visual_pos_dim) },
    inputs: {
      input_ids: { dtype: 'int32', shape: ['N', T] },
      visual_feats: { dtype: 'float32', shape: ['N', ...shape] },
    },
    fn: ({ visual_pos, ...own }, inputs) => ({
      logits: modelLogits(config, own, { ...inputs, visual_pos: visual_pos! }),
    }),
  });
  const random = createRandom('answers');
  const answers: Answers = {};
  for (const batch of plan.batches) {
    const ids = Array.from({ length: batch }, () => [
      ...WORDS,
      ...Array<number>(T - WORDS.length).fill(0),
    ]).flat();
    const numbers = Float32Array.from({ length: batch * shape.reduce((a, b) => a * b) }, () =>
      random.normal(),
    );
    const inputs = { input_ids: int32(ids, [batch, T]), visual_feats: float32(numbers, [batch, ...shape]) };
    answers[`${name} ${batch}`] = (await model.run(inputs)).logits!.data;
    plan.row(name, batch, await milliseconds(plan.runs, () => model.run(inputs)));
  }
  await model.release();
  return answers;
}

async function allTasks(engine: Engine, size: Size, plan: Plan): Promise<Answers> {
  return {
    ...(await paintAndCaption(engine, await painterOf(size), plan)),
    ...(await answering(engine, 'VQA: an answer', await finetunedOf(size, 'vqa'), plan)),
    ...(await answering(engine, 'NLVR2: a judgement', await finetunedOf(size, 'nlvr2'), plan)),
  };
}

function compare(finding: Finding, size: Size, expected: Answers, found: Answers): void {
  for (const [name, values] of Object.entries(expected)) {
    let most = 0;
    for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]! - found[name]![i]!));
    // Codes are whole numbers, and equal; logits are of a size of some units.
    const ok = most <= (name.startsWith('painting') ? 0 : 1e-3);
    finding.check(`${size}, ${name}: as on the CPU`, ok, `at most ${most.toExponential(1)} apart`);
  }
}

const part: Part = async (finding, options) => {
  const { device, cpu } = await openBoth(options);
  for (const size of SIZES) {
    const batches = options.small && size === 'published' ? [1] : BATCHES;
    const runs = options.small ? (size === 'published' ? 1 : 3) : 10;
    if (options.small && size === 'published') finding.note('Published size: batch 1 and one run, on a CPU.');
    const columns = batches.map((batch) => `batch ${batch}`);
    const row = finding.table(`${size} size on ${device.name}, milliseconds a row`, columns);
    const plan: Plan = {
      batches,
      runs,
      row: (name, batch, ms) => row(name, { [`batch ${batch}`]: ms / batch }),
    };
    const found = await allTasks(device, size, plan);
    const clock = new StageClock();
    const pipeline = await createPaintPipeline(device, await painterOf(size), { onPass: clock.onPass });
    const sampler = { strategy: 'mask-predict', steps: 4 } as const;
    for (const batch of batches.filter((n) => n <= 8)) {
      const { total } = await measurePainting({
        paint: (prompt, seed) => pipeline.paint({ prompt, seed, sampler, format: 'png', steps: false }),
        encodeFile: async () => {},
        ...{ clock, batch, runs, warmUp: 1 },
      });
      row('a whole picture, Mask-Predict-4', { [`batch ${batch}`]: total });
    }
    await pipeline.release();
    if (size === 'demo')
      compare(finding, size, await allTasks(cpu, size, { batches, runs: 0, row() {} }), found);
  }
};

export default part;
