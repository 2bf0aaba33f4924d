/** `convert <what> …`: published files to a data set in DATA_DIR/datasets. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_NAME, directoriesIn } from '../../datasets/directory/index.ts';
import { convertBoxFeatures } from '../../datasets/published/box-features.ts';
import {
  type Converted,
  convertCoco,
  convertGqa,
  convertKarpathy,
  convertNlvr2,
  convertVisualGenome,
  convertVqa,
} from '../../datasets/published/convert.ts';
import { UsageError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import { TextError } from '../../text.ts';
import type { GivenTo } from '../define-command.ts';
import { linkImages } from '../link-images.ts';
import { readFlagFile, readFlagLines } from '../said-of.ts';
import { type convert as description, FILE_FLAGS } from './command.ts';

type FileFlag = keyof typeof FILE_FLAGS;
type Files = Partial<Record<FileFlag, string[]>>;

interface Chosen {
  files: Files;
  minival?: ReadonlySet<string>;
  fewest: number;
}

interface Corpus {
  /** Which options name its files. */
  options: readonly FileFlag[];
  /** What it writes. */
  writes: RegExp;
  convert(folder: string, chosen: Chosen): Promise<Converted>;
}

const one = (name: string, files: readonly string[] | undefined): string | undefined => {
  if (files && files.length > 1) throw new UsageError(`--${name} is one file.`);
  return files?.[0];
};

const CORPORA: Readonly<Record<string, Corpus>> = {
  coco: {
    options: ['captions', 'karpathy'],
    writes: /^lxmert\/(mscoco|karpathy)_/,
    convert(folder, { files, minival }) {
      const karpathy = one('karpathy', files.karpathy);
      if (karpathy !== undefined && files.captions)
        throw new UsageError('Give --captions or --karpathy, which has the captions in it.');
      return karpathy === undefined
        ? convertCoco(folder, files.captions ?? [], minival)
        : convertKarpathy(folder, karpathy);
    },
  },
  vqa: {
    options: ['questions', 'annotations'],
    writes: /^vqa\//,
    convert: (folder, { files: { questions = [], annotations = [] }, minival, fewest }) =>
      convertVqa(folder, { questions, annotations, fewest, ...(minival && { minival }) }),
  },
  gqa: {
    options: ['train', 'valid', 'testdev', 'test', 'choices'],
    writes: /^gqa\//,
    convert: (folder, { files: { train, valid, testdev, test, choices } }) =>
      convertGqa(folder, given({ train, valid, testdev, test }), choices),
  },
  nlvr2: {
    options: ['train', 'valid', 'test'],
    writes: /^nlvr2\//,
    convert: (folder, { files: { train, valid, test } }) =>
      convertNlvr2(folder, given({ train, valid, test })),
  },
  boxes: {
    options: ['features'],
    writes: /^features\//,
    convert: (folder, { files: { features = [] } }) => convertBoxFeatures(folder, features),
  },
  'visual-genome': {
    options: ['regions', 'questions', 'images-of'],
    writes: /^lxmert\/vgnococo/,
    convert: (folder, { files }) =>
      convertVisualGenome(
        folder,
        given({
          regions: one('regions', files.regions),
          questions: one('questions', files.questions),
          images: one('images-of', files['images-of']),
        }),
      ),
  },
};

const given = <T extends Record<string, unknown>>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

export async function convert({ flags, words, help, config }: GivenTo<typeof description>): Promise<void> {
  const [what, ...rest] = words;
  const corpus = what !== undefined && Object.hasOwn(CORPORA, what) ? CORPORA[what] : undefined;
  if (!corpus || rest.length > 0)
    throw new UsageError(`Convert one of ${Object.keys(CORPORA).join(', ')}.\n\n${help}`);
  const { dataset: name, 'min-answers': fewest } = flags;
  if (!DATASET_NAME.test(name))
    throw new UsageError('--dataset names the data set: a-z, 0-9, ".", "_", "-".');
  const chosen = (Object.keys(FILE_FLAGS) as FileFlag[]).map((flag) => [flag, flags[flag]] as const);
  const files: Files = given(Object.fromEntries(chosen));
  refuseOthers(what!, corpus, files, help);
  const minival = flags.minival === undefined ? undefined : await readList(flags.minival);
  const { dataDir } = config();
  const folder = join(directoriesIn(dataDir), name);
  makeFolder(folder, '--dataset');
  if (!flags.replace) await refuseReplacing(folder, corpus);
  const { files: written, notes } = await corpus.convert(folder, {
    ...{ files, fewest },
    ...(minival && { minival }),
  });
  for (const [file, count] of Object.entries(written))
    process.stdout.write(`${join(folder, file)}: ${count} entries\n`);
  for (const note of notes) process.stdout.write(`${note}\n`);
  for (const images of flags.images ?? []) await linkImages(folder, images);
}

function refuseOthers(what: string, { options }: Corpus, files: Files, help: string): void {
  const names = Object.keys(files) as FileFlag[];
  const others = names.filter((name) => !options.includes(name));
  const flags = options.map((option) => `--${option}`).join(', ');
  if (others.length > 0)
    throw new UsageError(`convert ${what} takes ${flags}, not --${others.join(', --')}.\n\n${help}`);
  if (names.length === 0) throw new UsageError(`convert ${what} needs files: ${flags}.\n\n${help}`);
}

async function refuseReplacing(folder: string, { writes }: Corpus): Promise<void> {
  const there = (await readdir(folder, { recursive: true })).map((file) => file.replaceAll('\\', '/'));
  const found = there.filter((file) => writes.test(file) && /\.(json|h5)$/.test(file));
  if (found.length === 0) return;
  throw new UsageError(`${folder} has ${found.join(', ')} already: --replace writes over them.`);
}

/** Names of pictures: a JSON list of them or of entries with an img_id, or a line each. */
async function readList(file: string): Promise<ReadonlySet<string>> {
  try {
    if (!file.endsWith('.json')) {
      return new Set(await readFlagLines('--minival', file));
    }
    const list: unknown = JSON.parse(await readFlagFile('--minival', file));
    const names = Array.isArray(list)
      ? list.map((entry) => (typeof entry === 'object' && entry !== null ? entry.img_id : entry) as unknown)
      : [];
    if (names.length > 0 && names.every((picture) => typeof picture === 'string')) return new Set(names);
    throw new UsageError(`--minival: ${file} is no list of names of pictures.`);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (cause instanceof UsageError) throw cause;
    if (cause instanceof TextError || cause instanceof SyntaxError || code !== undefined)
      throw new UsageError(`--minival: ${file} cannot be read (${code ?? message}).`, { cause });
    throw cause;
  }
}
