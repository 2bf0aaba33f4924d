/**
 * The recogniser that judges painted scenes. Trained on real scenes alone, as they are: one that was shown blurred
 * or broken ones would find objects in blobs.
 */
import { IMAGE_SIZE, loadWorld, type Scene, type World } from '../../datasets/scenes/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { createRecogniser } from '../../evaluation/recogniser.ts';
import { scoreRecognitions } from '../../evaluation/recognition-score.ts';
import { BOX, type RecogniserConfig, SIZE_UNIT, STRIDE } from '../../models/recogniser/config.ts';
import { initialRecogniser, recogniserLoss } from '../../models/recogniser/recogniser.ts';
import { createRandom } from '../../random.ts';
import { float32, type HostTensors, int32 } from '../../tensor.ts';
import { sceneImages } from '../features/scene-images.ts';
import { refuseOtherShape } from '../run/components-fit.ts';
import { adamWTraining } from '../run/gradient-step.ts';
import { runLoop } from '../run/loop.ts';
import { defineKind } from '../run/training-kind.ts';
import { recogniserOutline } from './recogniser-outline.ts';

const SIDE = IMAGE_SIZE / STRIDE;
const CELLS = SIDE * SIDE;
/** Cells without a centre have no colour to learn. */
const NO_LABEL = -100;

export const recogniser = defineKind({
  ...recogniserOutline,
  requires: [],
  optional: ['base_model'],
  check({ base_model }, { width }) {
    refuseOtherShape(base_model, 'recogniser', { channels: [width, 2 * width, 4 * width] });
  },
  async train(context, h) {
    const world = await loadWorld(context.dataset);
    const config: RecogniserConfig = {
      image_size: IMAGE_SIZE,
      channels: [h.width, 2 * h.width, 4 * h.width],
      blocks: [1, 3, 3, 2],
      layer_norm_epsilon: 1e-6,
      objects: world.classes.length,
      colours: world.colours.length,
      backgrounds: world.backgrounds.length,
      threshold: h.threshold,
      ...(world.preset.styles.length > 1 && { styles: world.preset.styles }),
    };
    const weights = {
      // All of them, or the head of styles alone where the base model had one style to see.
      ...initialRecogniser(config, createRandom(`${context.seed}/weights`)),
      ...context.components.base_model?.tensors['model.safetensors'],
    };
    const training = adamWTraining(h, {
      kind: 'torch',
      epsilon: 1e-8,
      frozen: () => false,
      noDecay: (name) => name.endsWith('bias') || name.includes('norm'),
    });
    const options = { empty_cell_weight: h.empty_cell_weight };
    const step = training.step((parameters, batch) => recogniserLoss(config, options, parameters, batch));
    const B = h.batch_size;
    const validate = (state: HostTensors) =>
      validateRecogniser(context.engine, config, training.weights(state), world, h.validation_scenes);
    const state = await runLoop(context, {
      name: 'recogniser',
      steps: h.steps,
      batchSize: B,
      checkpointEvery: h.checkpoint_every,
      stepsPerCall: h.steps_per_call,
      tasks: { scenes: step },
      batch: {
        images: { dtype: 'float32', shape: [B, IMAGE_SIZE, IMAGE_SIZE, 3] },
        object: { dtype: 'int32', shape: [B, CELLS] },
        colour: { dtype: 'int32', shape: [B, CELLS] },
        box: { dtype: 'float32', shape: [B, CELLS, BOX] },
        background: { dtype: 'int32', shape: [B] },
        ...(config.styles && { style: { dtype: 'int32', shape: [B, CELLS] } }),
        ...training.batch,
      },
      initialState: () => training.initialState(weights),
      next: (step) => {
        const scenes = Array.from({ length: B }, (_, i) => world.scene('train', step * B + i));
        return { task: 'scenes', batch: { ...centreBatch(world, scenes), ...training.inputs(step) } };
      },
      evaluate: validate,
    });
    return {
      architecture: 'recogniser',
      tasks: [],
      config: { ...config },
      tensors: { 'model.safetensors': training.weights(state) },
      texts: {},
      components: [],
      metrics: await validate(state),
    };
  },
});

/**
 * images [B, 128, 128, 3]; object, colour [B, 256], box [B, 256, 3] and, in a world of several, style [B, 256] as
 * `recogniserLoss` wants them; background [B].
 */
export function centreBatch(world: World, scenes: readonly Scene[]): HostTensors {
  const { styles } = world.preset;
  const B = scenes.length;
  const object = new Int32Array(B * CELLS);
  const colour = new Int32Array(B * CELLS).fill(NO_LABEL);
  const style = new Int32Array(B * CELLS).fill(NO_LABEL);
  const box = new Float32Array(B * CELLS * BOX);
  for (const [b, scene] of scenes.entries()) {
    for (const { classId, colourId, x, y, size, style: drawn } of scene.objects) {
      const [column, row] = [(x + size / 2) / STRIDE, (y + size / 2) / STRIDE];
      const cell = b * CELLS + Math.floor(row) * SIDE + Math.floor(column);
      object[cell] = classId + 1;
      colour[cell] = colourId;
      style[cell] = styles.indexOf(drawn);
      box.set([column % 1, row % 1, size / SIZE_UNIT], cell * BOX);
    }
  }
  return {
    images: sceneImages(world, scenes),
    object: int32(object, [B, CELLS]),
    colour: int32(colour, [B, CELLS]),
    box: float32(box, [B, CELLS, BOX]),
    background: int32(
      scenes.map((scene) => scene.background),
      [B],
    ),
    ...(styles.length > 1 && { style: int32(style, [B, CELLS]) }),
  };
}

/** How well it sees real scenes, and how well it still sees them when they are spoilt, which should be badly. */
async function validateRecogniser(
  engine: Engine,
  config: RecogniserConfig,
  weights: HostTensors,
  world: World,
  count: number,
): Promise<Record<string, number>> {
  const scenes = Array.from({ length: count }, (_, i) => world.scene('validation', i));
  const pictures = scenes.map((scene) => world.render(scene));
  const recogniser = await createRecogniser(engine, config, weights);
  try {
    const { recognitions } = await recogniser.recognise(pictures);
    const spoilt = await recogniser.recognise(pictures.map((picture) => inBlocks(picture, SPOILT_BLOCK)));
    return {
      ...scoreRecognitions(scenes, recognitions),
      [`recall_in_blocks_of_${SPOILT_BLOCK}`]: scoreRecognitions(scenes, spoilt.recognitions).recall,
    };
  } finally {
    await recogniser.release();
  }
}

/** Edge of the blocks in pixels: colours and rough shapes stay, drawings go. */
const SPOILT_BLOCK = 8;

/** Every block of a picture in its mean colour. */
function inBlocks(picture: Uint8Array, block: number): Uint8Array {
  const spoilt = new Uint8Array(picture.length);
  for (let top = 0; top < IMAGE_SIZE; top += block) {
    for (let left = 0; left < IMAGE_SIZE; left += block) {
      for (let channel = 0; channel < 3; channel++) {
        const places = Array.from(
          { length: block * block },
          (_, i) => ((top + Math.floor(i / block)) * IMAGE_SIZE + left + (i % block)) * 3 + channel,
        );
        const mean = places.reduce((sum, place) => sum + picture[place]!, 0) / places.length;
        for (const place of places) spoilt[place] = Math.round(mean);
      }
    }
  }
  return spoilt;
}
