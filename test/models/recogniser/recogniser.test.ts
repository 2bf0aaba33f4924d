import { afterAll, describe, expect, it } from 'vitest';
import { loadWorld } from '../../../src/datasets/scenes/index.ts';
import type { CompiledFunction } from '../../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../../src/engines/onnxruntime.ts';
import { createRecogniser } from '../../../src/evaluation/recogniser.ts';
import type { RecogniserConfig } from '../../../src/models/recogniser/config.ts';
import {
  initialRecogniser,
  recogniserFunction,
  recogniserLoss,
  recogniserWeightShapes,
} from '../../../src/models/recogniser/recogniser.ts';
import { createRandom } from '../../../src/random.ts';
import { type HostTensors, int32 } from '../../../src/tensor.ts';
import { adamWTraining } from '../../../src/training/run/gradient-step.ts';
import { centreBatch } from '../../../src/training/seeing/recogniser.ts';

const world = await loadWorld('lattice-2styles');
const config: RecogniserConfig = {
  image_size: 128,
  channels: [8, 16, 32],
  blocks: [1, 1, 1, 1],
  layer_norm_epsilon: 1e-6,
  objects: world.classes.length,
  colours: world.colours.length,
  backgrounds: world.backgrounds.length,
  styles: world.preset.styles,
  threshold: 0.5,
};
const engine = createOnnxRuntimeEngine({ threads: 1 });
const weights = initialRecogniser(config, createRandom(5));
const scenes = (count: number) => Array.from({ length: count }, (_, i) => world.scene('train', i));
const opened: CompiledFunction[] = [];
afterAll(async () => {
  for (const compiled of opened) await compiled.release();
});

const compile = async (...[spec]: Parameters<typeof engine.compile>) => {
  const compiled = await engine.compile(spec);
  opened.push(compiled);
  return compiled;
};

describe('recogniser', () => {
  it('has the weights that its plan says, and maps at stride 8', async () => {
    const shapes = Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual(recogniserWeightShapes(config));
    const images = { dtype: 'float32', shape: ['N', 128, 128, 3] } as const;
    const network = await compile({ name: 'r', fn: recogniserFunction(config), weights, inputs: { images } });
    const output = await network.run({ images: centreBatch(world, scenes(3)).images! });
    expect(Object.fromEntries(Object.entries(output).map(([name, { shape }]) => [name, shape]))).toEqual({
      class_logits: [3, 16, 16, config.objects + 1],
      colour_logits: [3, 16, 16, config.colours],
      boxes: [3, 16, 16, 3],
      background_logits: [3, config.backgrounds],
      style_logits: [3, 16, 16, 2],
      features: [3, 48],
    });
  });

  it('labels each object in the cell of its centre, and nowhere else', () => {
    const graphs = scenes(40);
    const { object, colour, box } = centreBatch(world, graphs);
    for (const [b, scene] of graphs.entries()) {
      const labelled = [...object!.data.subarray(b * 256, (b + 1) * 256)].flatMap((label, cell) =>
        label > 0 ? [{ label, cell }] : [],
      );
      expect(labelled).toHaveLength(scene.objects.length);
      for (const { label, cell } of labelled) {
        const at = b * 256 + cell;
        const [dx, dy, size] = box!.data.subarray(at * 3, at * 3 + 3) as Float32Array;
        const edge = size! * 16;
        const x = ((cell % 16) + dx!) * 8 - edge / 2;
        const y = (Math.floor(cell / 16) + dy!) * 8 - edge / 2;
        expect(scene.objects).toContainEqual(
          expect.objectContaining({ classId: label - 1, colourId: colour!.data[at], x, y, size: edge }),
        );
      }
    }
  });

  it('colours and boxes of cells without a centre cost nothing', async () => {
    const batch = centreBatch(world, scenes(2));
    const loss = await compile({
      name: 'loss',
      fn: (w, inputs) => recogniserLoss(config, { empty_cell_weight: 0.2 }, w, inputs).aux,
      weights,
      inputs: Object.fromEntries(
        Object.entries(batch).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
      ),
    });
    const before = await loss.run(batch);
    const box = batch.box!.data.slice() as Float32Array;
    for (let cell = 0; cell < 512; cell++)
      if (batch.object!.data[cell] === 0) box.fill(9, cell * 3, cell * 3 + 3);
    expect(await loss.run({ ...batch, box: { ...batch.box!, data: box } })).toEqual(before);
    const empty = int32(new Int32Array(512), [2, 256]);
    const none = int32(new Int32Array(512).fill(-100), [2, 256]);
    const nothing = await loss.run({ ...batch, object: empty, colour: none });
    expect(nothing.colour_loss!.data[0]).toBe(0);
    expect(nothing.box_loss!.data[0]).toBe(0);
    expect(nothing.class_loss!.data[0]).toBeGreaterThan(0);
  });

  it('learns a picture by heart, and then sees in it what is there', async () => {
    const graphs = scenes(20)
      .filter(({ groups }) => groups.length > 1)
      .slice(0, 1);
    const data = centreBatch(world, graphs);
    const steps = 120;
    const training = adamWTraining(
      {
        steps,
        learning_rate: 0.01,
        warmup_ratio: 0.1,
        weight_decay: 0,
        max_grad_norm: 1,
      },
      {
        kind: 'torch',
        epsilon: 1e-8,
        frozen: () => false,
        noDecay: () => true,
      },
    );
    const trainer = await engine.compileTraining({
      name: 'recogniser-test',
      steps: { scenes: training.step((w, b) => recogniserLoss(config, { empty_cell_weight: 0.2 }, w, b)) },
      state: training.initialState(weights),
      batch: {
        ...Object.fromEntries(
          Object.entries(data).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
        ),
        ...training.batch,
      },
    });
    let learned: HostTensors;
    try {
      for (let step = 0; step < steps; step += 10) {
        await trainer.run(
          Array.from({ length: 10 }, (_, i) => ({
            task: 'scenes',
            batch: { ...data, ...training.inputs(step + i) },
          })),
        );
      }
      learned = training.weights(trainer.state());
      const judge = await createRecogniser(engine, config, learned);
      const { recognitions } = await judge.recognise(graphs.map((scene) => world.render(scene)));
      await judge.release();
      for (const [i, scene] of graphs.entries()) {
        const wanted = scene.objects.map(({ classId, colourId }) => `${classId}/${colourId}`).sort();
        expect(recognitions[i]!.objects.map((seen) => `${seen.classId}/${seen.colourId}`).sort()).toEqual(
          wanted,
        );
        expect(recognitions[i]!.background).toBe(scene.background);
        for (const seen of recognitions[i]!.objects) {
          expect(seen.style).toBe(scene.objects[0]!.style);
          const distances = scene.objects.map(({ x, y, size }) =>
            Math.max(Math.abs(x - seen.x), Math.abs(y - seen.y), Math.abs(size - seen.size)),
          );
          expect(Math.min(...distances)).toBeLessThan(3);
        }
      }
    } finally {
      await trainer.release();
    }
  });
});
