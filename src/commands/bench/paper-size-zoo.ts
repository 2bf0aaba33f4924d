/** A zoo of the paper's size on disk, for benches of a server that hosts the published checkpoints. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  PAPER_DETECTOR,
  paperSizeDetector,
  paperSizeFinetuned,
  paperSizeModel,
} from '../../evaluation/paper-size.ts';
import { writeSafetensors } from '../../safetensors.ts';
import { type HostTensors, sizeOf } from '../../tensor.ts';
import {
  ANSWERS_FILE,
  CONFIG_FILE,
  type Manifest,
  VOCABULARY_FILE,
  writeManifest,
} from '../../zoo/manifest.ts';

/**
 * The files of a zoo that does all four tasks as the imported checkpoints would: an X-LXMERT that paints and captions,
 * its generator, one fine-tuned model each for questions and statements, and the detector that all see with.
 * @param root made when it is not there
 * @returns how many numbers all weights have together
 */
export async function writePaperSizeZoo(root: string, words: readonly string[]): Promise<number> {
  let parameters = 0;
  const write = async (
    path: string,
    weights: HostTensors,
    config: object,
    manifest: Pick<Manifest, 'architecture' | 'tasks'> & Partial<Manifest>,
    texts: Record<string, readonly string[]> = {},
  ) => {
    const folder = join(root, path);
    await mkdir(folder, { recursive: true });
    await writeSafetensors(join(folder, 'model.safetensors'), weights);
    await writeFile(join(folder, CONFIG_FILE), JSON.stringify(config));
    for (const [file, lines] of Object.entries(texts)) {
      await writeFile(join(folder, file), `${lines.join('\n')}\n`);
    }
    const id = path.replace('/', '-');
    await writeManifest(folder, {
      ...{ id, name: `${id}, random weights`, files: ['model.safetensors', ...Object.keys(texts)] },
      trained_by: { command: 'none: random weights', seed: 0, commit: 'none' },
      ...{ data: { name: 'none', description: 'random weights' }, metrics: {}, licence: 'none' },
      created: new Date().toISOString(),
      ...manifest,
    });
    for (const { shape } of Object.values(weights)) parameters += sizeOf(shape);
  };
  const grid_encoder = 'detector/paper-size';
  await write(grid_encoder, paperSizeDetector(), PAPER_DETECTOR, { architecture: 'detector', tasks: [] });
  const { lxmert, generator, vocabulary } = paperSizeModel(words, 0);
  await write('generator/paper-size', generator.weights, generator.config, {
    architecture: 'generator',
    tasks: [],
  });
  await write(
    'x-lxmert/paper-size',
    lxmert.weights,
    lxmert.config,
    {
      architecture: 'x-lxmert',
      tasks: ['paint', 'caption'],
      components: { generator: 'generator/paper-size', grid_encoder },
    },
    { [VOCABULARY_FILE]: vocabulary },
  );
  for (const task of ['vqa', 'nlvr2'] as const) {
    const { weights, config } = paperSizeFinetuned(task);
    const answers = Array.from({ length: config.num_answers }, (_, i) => `answer ${i}`);
    await write(
      `x-lxmert-${task}/paper-size`,
      weights,
      config,
      { architecture: 'x-lxmert', tasks: [task], components: { grid_encoder } },
      { [VOCABULARY_FILE]: vocabulary, ...(task === 'vqa' ? { [ANSWERS_FILE]: answers } : {}) },
    );
  }
  return parameters;
}
