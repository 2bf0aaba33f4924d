/** The demo zoo's grid encoder, trained on the cell labels of scenes that are composed as it goes. */
import { loadWorld, type Scene, type World } from '../../datasets/scenes/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { CELLS } from '../../grid.ts';
import { type GridEncoderConfig, HEADS, headClasses } from '../../models/grid-encoder/config.ts';
import {
  gridEncoderFunction,
  gridEncoderLoss,
  initialGridEncoder,
} from '../../models/grid-encoder/grid-encoder.ts';
import { createRandom } from '../../random.ts';
import type { HostTensors } from '../../tensor.ts';
import { sceneImages, sceneLabels } from '../features/scene-images.ts';
import { refuseOtherShape } from '../run/components-fit.ts';
import { adamWTraining } from '../run/gradient-step.ts';
import { runLoop } from '../run/loop.ts';
import { defineKind } from '../run/training-kind.ts';
import { gridEncoderOutline } from './grid-encoder-outline.ts';

/** Parts of an object that `world.cellLabels` tells apart, and 0 for none. */
const OBJECT_PARTS = 10;

export const gridEncoder = defineKind({
  ...gridEncoderOutline,
  requires: [],
  optional: ['base_model'],
  check({ base_model }, { width }) {
    refuseOtherShape(base_model, 'grid-encoder', { channels: [width / 8, width / 4, width / 2, width] });
  },
  async train(context, h) {
    const world = await loadWorld(context.dataset);
    const config: GridEncoderConfig = {
      image_size: 128,
      channels: [h.width / 8, h.width / 4, h.width / 2, h.width],
      blocks: [0, 1, 1, 1],
      layer_norm_epsilon: 1e-6,
      objects: world.classes.length + 1,
      colours: world.colours.length,
      parts: OBJECT_PARTS + (h.place_labels ? CELLS : 0),
      backgrounds: world.backgrounds.length,
    };
    const weights =
      context.components.base_model?.tensors['model.safetensors'] ??
      initialGridEncoder(config, createRandom(`${context.seed}/weights`));
    const training = adamWTraining(h, {
      kind: 'torch',
      epsilon: 1e-8,
      frozen: () => false,
      noDecay: (name) => name.endsWith('bias') || name.includes('norm'),
    });
    const options = { empty_cell_weight: h.empty_cell_weight };
    const step = training.step((parameters, batch) => gridEncoderLoss(config, options, parameters, batch));
    const batchOf = (first: number): HostTensors =>
      labelledBatch(
        world,
        Array.from({ length: h.batch_size }, (_, i) => world.scene('train', first + i)),
        h.place_labels,
      );
    const validate = (state: HostTensors) =>
      validateGridEncoder(context.engine, config, training.weights(state), world, h.validation_scenes);
    const B = h.batch_size;
    const state = await runLoop(context, {
      name: 'grid-encoder',
      steps: h.steps,
      batchSize: B,
      checkpointEvery: h.checkpoint_every,
      stepsPerCall: h.steps_per_call,
      tasks: { labels: step },
      batch: {
        images: { dtype: 'float32', shape: [B, config.image_size, config.image_size, 3] },
        object: { dtype: 'int32', shape: [B, CELLS] },
        colour: { dtype: 'int32', shape: [B, CELLS] },
        part: { dtype: 'int32', shape: [B, CELLS] },
        background: { dtype: 'int32', shape: [B] },
        ...training.batch,
      },
      initialState: () => training.initialState(weights),
      next: (step) => ({ task: 'labels', batch: { ...batchOf(step * B), ...training.inputs(step) } }),
      evaluate: validate,
    });
    return {
      architecture: 'grid-encoder',
      tasks: [],
      config: { ...config },
      tensors: { 'model.safetensors': training.weights(state) },
      texts: {},
      components: [],
      metrics: await validate(state),
    };
  },
});

/** images [B, 128, 128, 3]; object, colour, part [B, 64]; background [B] */
function labelledBatch(world: World, scenes: readonly Scene[], placeLabels: boolean): HostTensors {
  const labels = sceneLabels(world, scenes);
  if (placeLabels)
    for (const [i, object] of labels.object.data.entries())
      if (object === 0) labels.part.data[i] = OBJECT_PARTS + (i % CELLS);
  return { images: sceneImages(world, scenes), ...labels };
}

const VALIDATION_BATCH = 16;

/** Share of cells that each head gets right: objects' cells for objects, colours and parts, the others' background. */
async function validateGridEncoder(
  engine: Engine,
  config: GridEncoderConfig,
  weights: HostTensors,
  world: World,
  scenes: number,
): Promise<Record<string, number>> {
  const { image_size } = config;
  const encoder = await engine.compile({
    name: 'grid-encoder-validation',
    fn: gridEncoderFunction(config),
    weights,
    inputs: { images: { dtype: 'float32', shape: ['N', image_size, image_size, 3] } },
  });
  const right: Record<string, number> = {};
  const total: Record<string, number> = {};
  try {
    for (let first = 0; first < scenes; first += VALIDATION_BATCH) {
      const count = Math.min(VALIDATION_BATCH, scenes - first);
      const batch = labelledBatch(
        world,
        Array.from({ length: count }, (_, i) => world.scene('validation', first + i)),
        false,
      );
      const outputs = await encoder.run({ images: batch.images! });
      for (const head of HEADS) {
        const classes = headClasses(config)[head];
        const logits = outputs[`${head}_logits`]!.data as Float32Array;
        for (let cell = 0; cell < count * CELLS; cell++) {
          const empty = batch.object!.data[cell] === 0;
          if (empty !== (head === 'background')) continue;
          const label = batch[head]!.data[head === 'background' ? Math.floor(cell / CELLS) : cell];
          total[head] = (total[head] ?? 0) + 1;
          if (argMax(logits, cell * classes, classes) === label) right[head] = (right[head] ?? 0) + 1;
        }
      }
    }
  } finally {
    await encoder.release();
  }
  return Object.fromEntries(
    HEADS.map((head) => [`${head}_accuracy`, (right[head] ?? 0) / Math.max(1, total[head] ?? 0)]),
  );
}

function argMax(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}
