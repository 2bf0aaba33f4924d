/**
 * The eyes for drawings by others: a head on a frozen picture encoder (grid_encoder) learns what the demo zoo's encoder
 * (base_model) makes of the same scenes in their usual drawing, so that every model of those features sees both. And a
 * gate, on the features of base_model, that tells which of the two a picture is for.
 */
import { loadWorld, type Scene, type World } from '../../datasets/scenes/index.ts';
import { REDRAWN_SIDE } from '../../datasets/scenes/presets.ts';
import { CELLS, GRID } from '../../grid.ts';
import { type GridEncoderConfig, HEADS } from '../../models/grid-encoder/config.ts';
import { parsePictureEncoderConfig } from '../../models/picture-encoder/config.ts';
import { GATE, isByOthers } from '../../models/picture-encoder/gate.ts';
import { headLoss, initialHead } from '../../models/picture-encoder/head.ts';
import { pictureSummary } from '../../models/picture-router.ts';
import { createRandom } from '../../random.ts';
import { float32, type HostTensors } from '../../tensor.ts';
import { featureExtractor } from '../features/feature-source.ts';
import { type SceneFeatures, sceneFeatures } from '../features/scene-features.ts';
import { sceneLabels } from '../features/scene-images.ts';
import { TrainingError, TrainingInterrupted } from '../run/errors.ts';
import { adamWTraining } from '../run/gradient-step.ts';
import { runLoop } from '../run/loop.ts';
import { defineKind, type TrainingContext } from '../run/training-kind.ts';
import { drawingEncoderOutline } from './drawing-encoder-outline.ts';
import { fitLogistic } from './picture-router.ts';

const HEAD_FILE = 'head.safetensors';
const CHUNK = 64;
/** Weight of the squared weights of the gate. */
const RIDGE = 1;
/** Pictures that the gate is held to, in the end. */
const GATE_SHARE = 5;

export const drawingEncoder = defineKind({
  ...drawingEncoderOutline,
  requires: ['grid_encoder', 'base_model'],
  optional: [],
  check({ grid_encoder, base_model }) {
    const refuse = (subject: string, message: string): never => {
      throw new TrainingError('component_mismatch', `${subject}: ${message}`, { subject });
    };
    const { id, architecture, config } = grid_encoder!;
    if (architecture !== 'picture-encoder')
      refuse('grid_encoder', `${id} is a ${architecture}; the head goes on a picture-encoder.`);
    const { grid, head } = parsePictureEncoderConfig(config);
    if (head) refuse('grid_encoder', `${id} has a head already.`);
    if (grid !== GRID) refuse('grid_encoder', `${id} sees ${grid} cells on a side, scenes have ${GRID}.`);
    if (base_model!.architecture !== 'grid-encoder')
      refuse(
        'base_model',
        `${base_model!.id} is a ${base_model!.architecture}, not a grid-encoder of scenes.`,
      );
  },
  async train(context, h) {
    const { components, seed } = context;
    const [eyes, base] = [components.grid_encoder!, components.base_model!];
    const other = base.config as GridEncoderConfig;
    const config = parsePictureEncoderConfig(eyes.config);
    const { feature_width: F } = config;
    const D = other.channels[3];
    const head = {
      width: h.width,
      blocks: h.blocks,
      feature_width: D,
      layer_norm_epsilon: other.layer_norm_epsilon,
    };
    const world = await loadWorld(context.dataset);
    const large = await loadWorld(context.dataset, REDRAWN_SIDE);
    const seen = await lookAt(context, world, large, 'train', h.scenes);
    const held = await lookAt(context, world, large, 'validation', h.validation_scenes);
    try {
      const baseWeights = base.tensors['model.safetensors']!;
      const heads = Object.fromEntries(
        Object.entries(baseWeights).filter(([name]) => name.startsWith('heads.')),
      );
      const training = adamWTraining(h, {
        kind: 'torch',
        epsilon: 1e-8,
        frozen: (name) => name.startsWith('heads.'),
        noDecay: (name) => name.endsWith('bias') || name.includes('norm'),
      });
      const options = { empty_cell_weight: h.empty_cell_weight, likeness_weight: h.likeness_weight };
      const step = training.step((weights, batch) => headLoss(head, other, options, weights, batch));
      const B = h.batch_size;
      const own = (state: HostTensors): HostTensors =>
        Object.fromEntries(
          Object.entries(training.weights(state)).filter(([name]) => !name.startsWith('heads.')),
        );
      const evaluate = async (state: HostTensors) => {
        const compiled = await context.engine.compile({
          name: 'drawing-encoder-validation',
          fn: (weights, batch) => headLoss(head, other, options, weights, batch).aux,
          weights: { ...own(state), ...heads },
          inputs: batchSpecs(1, F, D),
        });
        const sums: Record<string, number> = {};
        try {
          for (let i = 0; i < held.scenes.length; i++) {
            const outputs = await compiled.run(batchOf(world, held, [i], F, D));
            for (const name of [...HEADS.map((one) => `${one}_accuracy`), 'likeness_loss'])
              sums[name] = (sums[name] ?? 0) + outputs[name]!.data[0]! / held.scenes.length;
          }
        } finally {
          await compiled.release();
        }
        return sums;
      };
      const state = await runLoop(context, {
        name: 'drawing-encoder',
        steps: h.steps,
        batchSize: B,
        checkpointEvery: h.checkpoint_every,
        stepsPerCall: h.steps_per_call,
        tasks: { head: step },
        batch: { ...batchSpecs(B, F, D), ...training.batch },
        initialState: () =>
          training.initialState({ ...initialHead(head, F, createRandom(`${seed}/weights`)), ...heads }),
        next(step) {
          const draws = createRandom(`${seed}/step/${step}`);
          const indices = Array.from({ length: B }, () => draws.int(seen.scenes.length));
          return {
            task: 'head',
            batch: { ...batchOf(world, seen, indices, F, D), ...training.inputs(step) },
          };
        },
        evaluate,
      });
      const gate = fitGate(seen);
      return {
        architecture: 'picture-encoder',
        tasks: [],
        config: { ...config, head },
        tensors: {
          'model.safetensors': eyes.tensors['model.safetensors']!,
          [HEAD_FILE]: { ...own(state), ...gate.weights },
        },
        texts: {},
        components: [],
        metrics: { ...(await evaluate(state)), gate_accuracy: gate.accuracy },
      };
    } finally {
      seen.features.close();
      held.features.close();
    }
  },
});

/** Scenes as both encoders see them. */
interface Seen {
  scenes: readonly Scene[];
  /** Of the frozen eyes, of what others drew. */
  features: SceneFeatures;
  /** Of base_model, of the usual drawing: [scenes × 64 × D] */
  wanted: Float32Array;
  /** Of base_model, of what others drew: a summary each, and whether it is another picture than the usual one. */
  summaries: { summary: Float32Array; label: number }[];
}

async function lookAt(
  context: TrainingContext,
  world: World,
  large: World,
  split: 'train' | 'validation',
  count: number,
): Promise<Seen> {
  const { engine, components, signal } = context;
  const base = components.base_model!;
  const D = (base.config as GridEncoderConfig).channels[3];
  const scenes = Array.from({ length: count }, (_, i) => world.scene(split, i));
  const features = await sceneFeatures(context, components.grid_encoder!, large, split, count);
  const wanted = new Float32Array(count * CELLS * D);
  const summaries: Seen['summaries'] = [];
  // Drawn once for both that look at it.
  const pictures = new Map<Scene, Uint8Array>();
  const drawn = await featureExtractor(engine, base, {
    ...large,
    render: (scene) => pictures.get(scene)!,
  });
  const usual = await featureExtractor(engine, base, { ...world, render: world.renderUsual });
  try {
    for (let first = 0; first < count; first += CHUNK) {
      if (signal.aborted) throw new TrainingInterrupted(0);
      const some = scenes.slice(first, first + CHUNK);
      wanted.set(await usual.features(some), first * CELLS * D);
      pictures.clear();
      for (const scene of some) pictures.set(scene, large.render(scene));
      const all = await drawn.features(some);
      for (const [i, scene] of some.entries()) {
        const other = Buffer.compare(pictures.get(scene)!, large.renderUsual(scene)) !== 0;
        const summary = pictureSummary(all.subarray(i * CELLS * D, (i + 1) * CELLS * D), D);
        summaries.push({ summary, label: other ? 1 : 0 });
        if (!other) continue;
        const own = wanted.subarray((first + i) * CELLS * D, (first + i + 1) * CELLS * D);
        summaries.push({ summary: pictureSummary(own, D), label: 0 });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await Promise.all([drawn.release(), usual.release()]);
  }
  return { scenes, features, wanted, summaries };
}

/** Logistic regression on what base_model makes of usual and other drawings; a fifth of them is held back. */
function fitGate({ summaries }: Seen): { weights: HostTensors; accuracy: number } {
  const held = summaries.filter((_, i) => i % GATE_SHARE === 0);
  const fitted = fitLogistic(
    summaries.filter((_, i) => i % GATE_SHARE !== 0),
    RIDGE,
  );
  const weights = Object.fromEntries(Object.entries(fitted).map(([name, one]) => [`${GATE}${name}`, one]));
  const right = held.filter(({ summary, label }) => isByOthers(weights, summary) === (label === 1));
  return { weights, accuracy: right.length / held.length };
}

const batchSpecs = (B: number, F: number, D: number) =>
  ({
    features: { dtype: 'float32', shape: [B, GRID, GRID, F] },
    wanted: { dtype: 'float32', shape: [B, GRID, GRID, D] },
    object: { dtype: 'int32', shape: [B, CELLS] },
    colour: { dtype: 'int32', shape: [B, CELLS] },
    part: { dtype: 'int32', shape: [B, CELLS] },
    background: { dtype: 'int32', shape: [B] },
  }) as const;

function batchOf(world: World, seen: Seen, indices: readonly number[], F: number, D: number): HostTensors {
  const B = indices.length;
  const features = new Float32Array(B * CELLS * F);
  const wanted = new Float32Array(B * CELLS * D);
  for (const [b, index] of indices.entries()) {
    seen.features.read(index, features, b * CELLS * F);
    wanted.set(seen.wanted.subarray(index * CELLS * D, (index + 1) * CELLS * D), b * CELLS * D);
  }
  return {
    features: float32(features, [B, GRID, GRID, F]),
    wanted: float32(wanted, [B, GRID, GRID, D]),
    ...sceneLabels(
      world,
      indices.map((index) => seen.scenes[index]!),
    ),
  };
}
