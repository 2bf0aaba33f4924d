/**
 * The router that tells photographs from scenes (src/models/picture-router.ts). Its two classes come from a directory
 * of photographs and from the drawn worlds; it is so small that it is fitted whole, by Newton's steps.
 */
import { Matrix, solve } from 'ml-matrix';
import { indexPictures } from '../../datasets/directory/index.ts';
import { IMAGE_SIZE, loadWorld, WORLD_NAMES } from '../../datasets/scenes/index.ts';
import { REDRAWN_WORLD, worldPreset } from '../../datasets/scenes/presets.ts';
import { CELLS, GRID } from '../../grid.ts';
import { type PictureRouterConfig, pictureSummary, summaryScore } from '../../models/picture-router.ts';
import { isSquareEncoder, squareEncoder } from '../../models/square-encoder.ts';
import { createRandom } from '../../random.ts';
import { float32, type HostTensors } from '../../tensor.ts';
import { featureExtractor } from '../features/feature-source.ts';
import { encoderWidth } from '../features/image-encoder.ts';
import { openPictureFeatures } from '../features/picture-features.ts';
import { TrainingError, TrainingInterrupted } from '../run/errors.ts';
import { defineKind, type TrainingContext } from '../run/training-kind.ts';
import { pictureRouterOutline } from './picture-router-outline.ts';

const CHUNK = 64;
const NEWTON_STEPS = 12;

export const pictureRouter = defineKind({
  ...pictureRouterOutline,
  task: 'pretrain',
  scenes: false,
  requires: ['grid_encoder'],
  optional: [],
  check({ grid_encoder }, _, directory) {
    if (!directory) {
      throw new TrainingError(
        'dataset_unusable',
        'picture-router: the data set must be a directory of photographs.',
        {
          subject: 'dataset',
        },
      );
    }
    const { id, architecture, config } = grid_encoder!;
    const square = isSquareEncoder(architecture) ? squareEncoder(architecture, config) : undefined;
    if (square?.imageSize === IMAGE_SIZE && square.grid === GRID) return;
    const takes = square ? `takes ${square.imageSize} pixels a side` : `is a ${architecture}`;
    throw new TrainingError(
      'component_mismatch',
      `grid_encoder: ${id} ${takes}; the router reads one of scenes, ${IMAGE_SIZE} pixels a side.`,
      { subject: 'grid_encoder' },
    );
  },
  async train(context, { pictures, redrawn, ridge }) {
    const { components, seed } = context;
    const F = encoderWidth(components.grid_encoder!);
    const rows = [
      ...(await photographs(context, pictures, F)).map((summary) => ({ summary, label: 1 })),
      ...(await scenes(context, pictures, redrawn, F)).map((summary) => ({ summary, label: 0 })),
    ];
    const order = createRandom(`${seed}/order`).shuffle(rows);
    const held = order.splice(0, Math.floor(order.length / 5));
    const weights = fitLogistic(order, ridge);
    const right = held.filter(({ summary, label }) => summaryScore(weights, summary) > 0.5 === (label === 1));
    const config: PictureRouterConfig = { visual_feat_dim: F };
    return {
      architecture: 'picture-router',
      tasks: [],
      config: { ...config },
      tensors: { 'model.safetensors': weights },
      texts: {},
      components: ['grid_encoder'],
      metrics: { accuracy: right.length / held.length },
    };
  },
});

async function photographs(context: TrainingContext, count: number, F: number): Promise<Float32Array[]> {
  const { engine, cache, components, directory, signal, seed } = context;
  const { files } = await indexPictures(directory!.folder);
  const ids = createRandom(`${seed}/photographs`)
    .shuffle([...files.keys()].sort())
    .slice(0, count);
  const features = await openPictureFeatures(cache, engine, components.grid_encoder!, directory!);
  try {
    await features.fill(ids, () => {
      if (signal.aborted) throw new TrainingInterrupted(0);
    });
    return ids.map((id) => {
      const one = new Float32Array(CELLS * F);
      features.read(id, one, 0);
      return pictureSummary(one, F);
    });
  } finally {
    features.close();
  }
}

/** As many of every world that is drawn here; half of those drawn by others, where there are some. */
async function scenes(
  context: TrainingContext,
  count: number,
  redrawn: boolean,
  F: number,
): Promise<Float32Array[]> {
  const { engine, components, signal } = context;
  const own = WORLD_NAMES.filter((name) => !worldPreset(name).redrawn);
  const each = Math.ceil(count / own.length / (redrawn ? 2 : 1));
  const worlds = own.map((name) => ({ name, scenes: each }));
  if (redrawn) worlds.push({ name: REDRAWN_WORLD, scenes: each * own.length });
  const summaries: Float32Array[] = [];
  for (const { name, scenes } of worlds) {
    const world = await loadWorld(name);
    const extractor = await featureExtractor(engine, components.grid_encoder!, world);
    for (let first = 0; first < scenes; first += CHUNK) {
      if (signal.aborted) throw new TrainingInterrupted(0);
      const some = Array.from({ length: Math.min(CHUNK, scenes - first) }, (_, i) =>
        world.scene('train', first + i),
      );
      const all = await extractor.features(some);
      for (let i = 0; i < some.length; i++)
        summaries.push(pictureSummary(all.subarray(i * CELLS * F, (i + 1) * CELLS * F), F));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await extractor.release();
  }
  return summaries.slice(0, count);
}

/**
 * Logistic regression with a ridge on standardised numbers, by Newton's method (Hastie et al. 2009, section 4.4.1).
 * @returns weight [2F] and bias [1] for numbers as they are
 */
export function fitLogistic(
  rows: readonly { summary: Float32Array; label: number }[],
  ridge: number,
): HostTensors {
  const D = rows[0]!.summary.length;
  const mean = new Float64Array(D);
  const deviation = new Float64Array(D);
  for (const { summary } of rows) for (let d = 0; d < D; d++) mean[d]! += summary[d]! / rows.length;
  for (const { summary } of rows)
    for (let d = 0; d < D; d++) deviation[d]! += (summary[d]! - mean[d]!) ** 2 / rows.length;
  for (let d = 0; d < D; d++) deviation[d] = Math.sqrt(deviation[d]!) || 1;
  const x = new Matrix(
    rows.map(({ summary }) => [1, ...Array.from(summary, (value, d) => (value - mean[d]!) / deviation[d]!)]),
  );
  const transposed = x.transpose();
  let w = Matrix.zeros(D + 1, 1);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const p = x.mmul(w).apply(function sigmoid(this: Matrix, i, j) {
      this.set(i, j, 1 / (1 + Math.exp(-this.get(i, j))));
    }) as Matrix;
    const gradient = new Matrix(D + 1, 1);
    const residual = new Matrix(rows.map(({ label }, i) => [label - p.get(i, 0)]));
    gradient.add(transposed.mmul(residual));
    const scaled = x.clone();
    for (let i = 0; i < rows.length; i++) scaled.mulRow(i, p.get(i, 0) * (1 - p.get(i, 0)));
    const hessian = transposed.mmul(scaled);
    for (let d = 0; d <= D; d++) {
      if (d > 0) gradient.set(d, 0, gradient.get(d, 0) - ridge * w.get(d, 0));
      hessian.set(d, d, hessian.get(d, d) + (d > 0 ? ridge : 1e-9));
    }
    w = Matrix.add(w, solve(hessian, gradient));
  }
  const weight = Float32Array.from({ length: D }, (_, d) => w.get(d + 1, 0) / deviation[d]!);
  let bias = w.get(0, 0);
  for (let d = 0; d < D; d++) bias -= weight[d]! * mean[d]!;
  return { weight: float32(weight, [D]), bias: float32([bias], [1]) };
}
