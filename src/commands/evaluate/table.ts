/** `evaluate table <n>`: a table of the paper, its rows and figures beside what is measured here, with intervals. */
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import type { Config } from '../../config.ts';
import { DEFAULT_WORLD, IMAGE_SIZE, WORLD_NAMES } from '../../datasets/scenes/index.ts';
import { openEngine } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import { filledWords, HIDDEN_CATEGORIES } from '../../evaluation/filled-words.ts';
import type { WholePicture } from '../../evaluation/inception.ts';
import { madeByLines } from '../../evaluation/made-by.ts';
import { shareOf } from '../../evaluation/paint-score.ts';
import { CAPTIONS, type Measure, PAPER_TABLES, type PaperTable } from '../../evaluation/paper-tables.ts';
import type { PictureSet } from '../../evaluation/picture-evaluation.ts';
import { hardMean, rPrecision } from '../../evaluation/r-precision.ts';
import { type Measured, type TableWorld, tableReport, tableResults } from '../../evaluation/table-report.ts';
import { makeFolder } from '../../make-folder.ts';
import { ANSWER_HEADS } from '../../models/finetuning-choices.ts';
import { datasetIds, SCENES } from '../../runs/datasets.ts';
import { type SheetRow, writeContactSheet } from '../../training/run/contact-sheet.ts';
import type { ZooEntry } from '../../zoo/discovery.ts';
import type { GivenTo } from '../define-command.ts';
import { findIn, rootsOf } from '../find-checkpoint.ts';
import { ProgressBar } from '../progress-bar.ts';
import { provenanceOf } from '../provenance.ts';
import type { evaluateTable as description } from './commands.ts';
import { datasetCounts } from './dataset-counts.ts';
import type { PictureJudge } from './picture-judge.ts';
import { openDirectoryTable } from './table-of-directory.ts';
import { openScenesTable } from './table-of-scenes.ts';
import { type Asked, NEGATIVES, type Painter, type TableSource, wants } from './table-source.ts';

const NUMBERS = [1, 2, 3, 4, 5, 6, 7] as const;

const SHEET_CAPTIONS = 8;
/** The data set whose models are shipped. */
const PHOTOS = 'photos';

export async function tableEvaluation({
  flags: values,
  words,
  line,
  help,
  config,
}: GivenTo<typeof description>): Promise<void> {
  const number = NUMBERS.find((one) => words.join() === String(one));
  if (number === undefined) throw new UsageError(help);
  const settings = config();
  const datasets = await chosenDatasets(values.dataset, settings);
  if (number === 5) {
    process.stdout.write(await datasetCounts(datasets, settings));
    return;
  }
  const started = performance.now();
  const output = values.output ?? join(settings.dataDir, 'evaluations');
  const table: PaperTable = PAPER_TABLES[number];
  const asked: Asked = {
    ...{ number, table, prefix: values.runs, model: values.model },
    ...{ judge: values.judge, settings, output },
    ...{ captions: values.captions ?? table.captions ?? CAPTIONS, seeds: values.seeds },
    roots: rootsOf(settings),
  };
  makeFolder(output, '--output');
  const find = await findIn(settings);
  const engine = await openEngine(settings.engine, settings.threads);
  const used: Record<string, ZooEntry> = {};
  const worlds: TableWorld[] = [];
  for (const dataset of datasets) {
    const scenes = WORLD_NAMES.includes(dataset);
    const open = scenes ? openScenesTable : openDirectoryTable;
    worlds.push(await measureTable(asked, await open(engine, find, dataset, asked, used), dataset));
  }
  const provenance = await provenanceOf(line, engine, started, used);
  const tables = worlds.map((world) => tableResults(number, asked.table, world));
  const file = join(output, `table-${number}.json`);
  await writeAtomically(file, `${JSON.stringify({ ...provenance, tables }, null, 2)}\n`);
  const reports = worlds.map((world) => tableReport(number, asked.table, world));
  process.stdout.write(
    `${[...reports, ...madeByLines(undefined, provenance)].join('\n')}- written to ${file}\n`,
  );
}

/** Names as they are evaluated: `scenes` is the default world. */
async function chosenDatasets(named: string | undefined, { dataDir }: Config): Promise<string[]> {
  if (named !== undefined) return named.split(',').map((name) => (name === SCENES ? DEFAULT_WORLD : name));
  const there = await datasetIds(dataDir);
  return [DEFAULT_WORLD, ...there.filter((name) => name === PHOTOS)];
}
async function measureTable(
  { table, number, seeds, captions, output }: Asked,
  source: TableSource,
  name: string,
): Promise<TableWorld> {
  const rows = new Map<number, Measured[]>();
  const painters = new Map<number, string>();
  const sheet = new Map<string, readonly WholePicture[]>();
  const placed = table.rows.flatMap(({ ours, name: row }, place) => (ours ? [{ ours, row, place }] : []));
  const bar = new ProgressBar(process.stderr, placed.length * seeds, 'seed');
  let texts: readonly string[] = [];
  const others = new Set(await source.others(0)).size - 1;
  if (source.judge && others < NEGATIVES && wants(table, 'easy'))
    source.notes.push(
      `R-prec easy is among ${others} other captions, for there are no more; the paper's among 99.`,
    );
  const painted = async (painter: Painter, row: string, seed: number): Promise<Measured> => {
    texts = await source.captions(seed);
    const pictures = await painter.paint(texts, seed);
    // Now: a painter may paint when it is asked for a picture, and is closed after its row.
    if (seed === 0) sheet.set(row, await firstOf(pictures));
    return {
      ...(source.look && (await source.look(pictures, seed))),
      ...(source.judge &&
        (await judged(table, texts, pictures, source.judge, await source.others(seed), seed))),
    };
  };
  try {
    for (const { ours, row, place } of placed) {
      const painter = await source.painter(ours);
      const answers = ours.by === 'model' && wants(table, ...ANSWER_HEADS);
      if (!painter && !answers) {
        for (let seed = 0; seed < seeds; seed++) bar.advance();
        continue;
      }
      bar.note(`${name}: ${row}${painter ? ` (${painter.id})` : ''}`);
      if (painter) painters.set(place, painter.id);
      const measured: Measured[] = [];
      for (let seed = 0; seed < seeds; seed++) {
        measured.push({
          ...(painter && (await painted(painter, row, seed))),
          ...(answers && (await answered(table, source, seed))),
        });
        bar.advance();
      }
      rows.set(place, measured);
      await painter?.close();
    }
    bar.end();
    if (sheet.size > 0) await writeSheet(join(output, `table-${number}-${name}.png`), source, sheet);
  } finally {
    await source.close();
  }
  return { name, captions: Math.min(captions, texts.length), seeds, rows, painters, notes: source.notes };
}

/** What a judge says of pictures and captions. */
async function judged(
  table: PaperTable,
  captions: readonly string[],
  pictures: PictureSet,
  judge: PictureJudge,
  others: readonly string[],
  seed: number,
): Promise<Measured> {
  const match = async (i: number, texts: readonly string[]) => judge.match(await pictures.picture(i), texts);
  const measured: Measured = {};
  const put = (measure: Measure, share: number | null) => {
    if (share !== null) measured[measure] = share;
  };
  if (wants(table, 'easy', 'hard', 'noun')) {
    const most = Math.min(NEGATIVES, new Set(others).size - 1);
    const { easy, hard } = await rPrecision({
      captions,
      match,
      negatives: wants(table, 'easy') ? most : 0,
      others,
      perCategory: captions.length,
      seed,
    });
    put('easy', shareOf(easy));
    put('hard', hardMean(hard));
    for (const [category, tally] of Object.entries(hard)) put(category as Measure, shareOf(tally));
  }
  if (wants(table, 'filled', 'filled_noun')) {
    const filled = await filledWords(captions, match, captions.length, seed);
    const shares = HIDDEN_CATEGORIES.map((category) => shareOf(filled[category]));
    for (const [i, category] of HIDDEN_CATEGORIES.entries()) put(`filled_${category}`, shares[i]!);
    if (!shares.includes(null))
      put('filled', shares.reduce<number>((sum, one) => sum + one!, 0) / shares.length);
  }
  return measured;
}

async function answered(table: PaperTable, source: TableSource, seed: number): Promise<Measured> {
  const measured: Measured = {};
  for (const head of ANSWER_HEADS) {
    if (!wants(table, head) || !source.answers) continue;
    const share = await source.answers(seed, head);
    if (share !== undefined) measured[head] = share;
  }
  return measured;
}

const firstOf = ({ size, picture }: PictureSet): Promise<WholePicture[]> =>
  Promise.all(Array.from({ length: Math.min(size, SHEET_CAPTIONS) }, (_, i) => picture(i)));

/** The same captions in every row, so that rows can be compared by eye. */
async function writeSheet(
  path: string,
  source: TableSource,
  sheet: ReadonlyMap<string, readonly WholePicture[]>,
): Promise<void> {
  const captions = await source.captions(0);
  const rows: SheetRow[] = [];
  for (const [i, caption] of captions.slice(0, SHEET_CAPTIONS).entries()) {
    const whole = [...sheet.values()].map((pictures) => pictures[i]!);
    if (whole.some(({ width, height }) => width !== IMAGE_SIZE || height !== IMAGE_SIZE)) return;
    rows.push({ caption, images: whole.map(({ rgb }) => rgb) });
  }
  await writeContactSheet(path, [...sheet.keys()], rows, IMAGE_SIZE, 1);
}
