import { MOST_SEEDS } from '../../evaluation/over-seeds.ts';
import { RESIZINGS } from '../../evaluation/resizings.ts';
import { LARGEST_SEED } from '../../random.ts';
import { defaultTextStrategy } from '../../sampling/text.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { defineCommand } from '../define-command.ts';
import { choice, needed, text, whole } from '../flag.ts';
import { textSamplerFlags } from '../sampler-flags.ts';

/** Beyond the paper's 30,000. */
const MOST = 200_000;
const settings = ['data-dir', 'checkpoints-dir', 'threads'];

const checkpoint = <F extends string | undefined = undefined>(about: string, fallback?: F) =>
  text<F>(about, { value: 'checkpoint or run', ...(fallback !== undefined && { fallback }) });
const seed = (about: string) => whole(about, { least: 0, most: LARGEST_SEED, fallback: 0 });
const captions = whole('held-out captions', { least: 2, most: 100_000, fallback: 500 });
const output = (files: string, folder = '<model>') =>
  text(`for ${files} (DATA_DIR/evaluations/${folder})`, { value: 'folder' });
const pictures = text('of a folder: pictures alone whose img_id this regular expression matches', {
  value: 'pattern',
});

export const evaluatePaint = defineCommand({
  name: 'evaluate paint',
  usage: { 'evaluate paint [options]': 'how well a model paints what captions say' },
  flags: {
    model: checkpoint('of codes, or of features, which paints by regression', 'x-lxmert-scenes'),
    generator: checkpoint("paint with this generator instead of the model's own"),
    recogniser: checkpoint('the judge', 'recogniser-scenes'),
    dataset: text("whose captions; of the same classes, colours and backgrounds (the model's own)", {
      value: 'world',
    }),
    captions,
    samplers: text(
      "a column each: strategy, passes, temperature, as in mask-predict-4, parallel, random-64@1 (the model's own, mask-predict-4, mask-predict-16)",
      { value: 's,s,…' },
    ),
    seed: seed("of the captions' wording and the sampling"),
    output: output('paint.json and paint.png'),
  },
  settings,
});

export const evaluateImages = defineCommand({
  name: 'evaluate images',
  usage: {
    'evaluate images [options]': "the paper's scores of pictures: IS, FID, R-precision easy and hard",
  },
  flags: {
    model: checkpoint('paints the captions (x-lxmert-scenes, unless there are --pictures)'),
    pictures: text('in place of a model: pictures in a folder, in the order of their names', {
      value: 'folder',
    }),
    captions: text(
      'a world of scenes, a data set in DATA_DIR/datasets (its validation split), or a file: a line each, or JSON: a ' +
        'list, or {"<name of the picture>": "<caption>"} (what the model was trained on)',
      { value: 'what' },
    ),
    count: whole('captions or pictures', { least: 2, most: MOST, fallback: 200 }),
    sampler: text("as in mask-predict-4, random-64@1 (the model's own, else mask-predict-4)", { value: 's' }),
    reference: text(
      'real pictures to measure the distance from: a folder, a world, a data set, or statistics in a .npz of ' +
        'pytorch-fid (what the captions are of)',
      { value: 'what' },
    ),
    'reference-count': whole('of them, at most', { least: 2, most: MOST, fallback: 1000 }),
    'save-reference': text('keeps their statistics, to be given as --reference', { value: 'file.npz' }),
    inception: text('imported weights of Inception (the one that is there)', { value: 'checkpoint' }),
    resize: choice('how pictures become 299 × 299', RESIZINGS, { fallback: 'pytorch-fid' }),
    splits: whole('of the inception score', { least: 1, most: 1000, fallback: 10 }),
    encoder: text('without Inception: whose features the distance is of (grid-encoder-centernet)', {
      value: 'checkpoint',
    }),
    judge: checkpoint(
      'of R-precision: a model that judges matching, or a recogniser of scenes (recogniser-scenes for scenes, ' +
        'matcher-photos for the data set photos)',
    ),
    negatives: whole('other captions of R-precision-easy', { least: 1, most: 1000, fallback: 99 }),
    hard: whole('most captions of each category of R-precision-hard', {
      ...{ least: 1, most: MOST, fallback: 1000 },
    }),
    seed: seed('of painting, captions and negatives'),
    keep: text('also keeps what the model paints, as PNG files', { value: 'folder' }),
    output: output('images.json'),
  },
  settings,
});

export const evaluateConfigs = defineCommand({
  name: 'evaluate configs',
  usage: { 'evaluate configs [options]': 'the models that the paper compares, beside its Tables 2 and 3' },
  flags: {
    runs: text('runs of pretrain: <prefix>-x-lxmert, <prefix>-lxmert-grid, …', {
      ...{ value: 'prefix', fallback: 'compare' },
    }),
    generator: checkpoint('that paints for all of them', 'generator-scenes'),
    recogniser: checkpoint('the judge', 'recogniser-scenes'),
    captions,
    sampler: text('as of evaluate paint', { value: 's', fallback: 'mask-predict-4' }),
    seed: seed("of the captions' wording and the sampling"),
    output: output('configs.json and configs.png', '<prefix>'),
  },
  settings,
});

export const evaluateCaption = defineCommand({
  name: 'evaluate caption',
  usage: {
    'evaluate caption [options]':
      "whether captions name what is in the picture, or (of a folder) how near they come to people's: BLEU, ROUGE-L " +
      'and CIDEr-D as coco-caption counts them',
  },
  flags: {
    model: checkpoint('', 'x-lxmert-scenes'),
    dataset: text(
      'world of scenes, or a folder in DATA_DIR/datasets: its validation split (what the model was trained on)',
    ),
    scenes: whole('held-out pictures (500; of a folder all, or these)', { least: 2, most: 100_000 }),
    pictures,
    references: whole('of a folder: pictures alone with so many captions or more (5)', {
      ...{ least: 2, most: 1000 },
    }),
    best: whole('captions of each, of which the likeliest counts', { least: 1, most: 64, fallback: 1 }),
    ...textSamplerFlags({
      strategy: `(${defaultTextStrategy()})`,
      steps: 'of the sampler',
      temperature: 'of the sampler',
      topK: 'of the sampler',
    }),
    prefix: text('that every caption begins with', { value: 'words', fallback: 'A' }),
    'max-tokens': whole('', { least: 3, most: MAX_TEXT_TOKENS, fallback: MAX_TEXT_TOKENS }),
    seed: seed('of the written captions and the sampling'),
    output: output('caption.json and caption.png'),
  },
  settings,
});

export const evaluateMatch = defineCommand({
  name: 'evaluate match',
  usage: {
    'evaluate match [options]':
      "whether a caption belongs to a picture: each caption of a folder's validation split is shown with its own " +
      'picture and with another one',
  },
  flags: {
    model: needed('a pre-trained one', { value: 'checkpoint or run' }),
    dataset: text('in DATA_DIR/datasets (what the model was trained on)', { value: 'folder' }),
    scenes: whole('pictures (all)', { least: 2, most: 1_000_000 }),
    pictures,
    seed: seed('of the captions, and which other picture each is shown with'),
    output: output('match.json'),
  },
  settings,
});

const compared = text(
  'of those that the paper compares: <prefix>-x-lxmert, …: shipped, or runs of pretrain',
  {
    ...{ value: 'prefix', fallback: 'compare' },
  },
);

export const evaluateTable = defineCommand({
  name: 'evaluate table',
  usage: {
    'evaluate table 1|2|3|4|5|6|7 [options]':
      'a table of the paper, its figures beside what is measured here',
  },
  flags: {
    dataset: text(
      'worlds of scenes, or data sets in DATA_DIR/datasets that have captions (scenes, and photos where it is there)',
      { value: 'name,…' },
    ),
    model: checkpoint('the one that is evaluated on scenes', 'x-lxmert-scenes'),
    runs: compared,
    captions: whole('held-out captions with each seed (50; of table 6, which has the most samplers, 30)', {
      ...{ least: 2, most: 30_000 },
    }),
    seeds: whole('each with other scenes, wording and sampling', { least: 1, most: MOST_SEEDS, fallback: 3 }),
    judge: checkpoint('of R-precision and of words filled in (recogniser-scenes; matcher-<data set>)'),
    output: text('for table-<n>.json and a sheet of pictures (DATA_DIR/evaluations)', { value: 'folder' }),
  },
  settings,
  words: true,
});

export const evaluateFigure = defineCommand({
  name: 'evaluate figure',
  usage: { 'evaluate figure 2|4|5|6|7 [options]': 'a figure of the paper, of the models that are here' },
  about: `2: original, reconstruction, regression (LXMERT + Grid), without uniform masking, X-LXMERT
4: captions in the making, after steps 1, 5, 10, … of 140 at random
5: captions of pictures by their first words
6: original, reconstruction, LXMERT + Grid, and X-LXMERT by sampling strategy
7: one thing in many contexts`,
  flags: {
    model: checkpoint('', 'x-lxmert-scenes'),
    runs: compared,
    captions: text('a caption a line: what 4 and 7 paint', { value: 'file' }),
    pictures: text('what 5 captions (held-out scenes)', { value: 'file,…' }),
    count: whole('rows of 2, 5 and 6', { least: 1, most: 64, fallback: 6 }),
    seed: seed('of captions and sampling'),
    output: text('for figure-<n>.png, or figure-5.md (DATA_DIR/evaluations)', { value: 'folder' }),
  },
  settings,
  words: true,
});

export const evaluateAnswers = (head: string) =>
  defineCommand({
    name: `evaluate ${head}`,
    usage: { 'evaluate vqa | gqa | nlvr2 [options]': 'how often a fine-tuned model is right' },
    flags: {
      model: checkpoint('(x-lxmert-<task>-scenes)'),
      'text-only': checkpoint('a model trained with --text-only true, for a column beside it'),
      dataset: text(
        'world of composed scenes, or a folder in DATA_DIR/datasets: its validation split (what the model was trained on)',
        { value: 'name' },
      ),
      scenes: whole(
        'held-out scenes, or statements about pairs of as many (500); of a folder all pictures, or these',
        { least: 2, most: 100_000 },
      ),
      source: text('of a folder: what comes from a "source" with this in its name alone'),
      seed: whole('of the wording of scenes (0)', { least: 0, most: LARGEST_SEED }),
      output: output('<task>.json and <task>.png'),
    },
    settings,
  });

export const evaluatePrecision = defineCommand({
  name: 'evaluate precision',
  usage: {
    'evaluate precision [options]':
      'what products of 8-bit integers (PRECISION=int8) cost a hosted model: all of its tasks in float32 and in int8',
  },
  flags: {
    model: checkpoint('', 'x-lxmert-scenes'),
    dataset: text('a world of scenes, or a folder in DATA_DIR/datasets (what the model was trained on)', {
      value: 'name',
    }),
    scenes: whole('held-out pictures', { least: 2, most: 100_000, fallback: 200 }),
    pictures,
    recogniser: checkpoint('the judge of what is painted', 'recogniser-scenes'),
    seed: seed('of wording and sampling'),
    output: output('precision.json'),
  },
  settings,
});

export const EVALUATIONS = [
  ...[evaluatePaint, evaluateImages, evaluateConfigs, evaluateCaption, evaluateMatch, evaluatePrecision],
  // The same of all three.
  evaluateAnswers('vqa'),
  ...[evaluateTable, evaluateFigure],
];
