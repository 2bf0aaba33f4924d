/**
 * The published files of COCO, VQA v2, GQA, NLVR2 and Visual Genome, as the layout that is read here
 * (src/datasets/directory/layout.ts). Files are streamed; memory has what joins them (a picture's captions, a question's
 * answers) and one entry.
 */
import { join } from 'node:path';
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type EntriesWriter, writeEntries } from './entries-writer.ts';
import { type JsonValue, jsonField, jsonLines, jsonValues, PublishedFileError } from './json-values.ts';
import { normalisedAnswers, softScores } from './vqa-answers.ts';

/** Which file of the layout an entry goes to, without its ending. */
type SplitName = 'train' | 'nominival' | 'valid' | 'minival' | 'testdev' | 'test';

export interface Converted {
  /** Relative to the folder of the data set → entries. */
  files: Record<string, number>;
  /** What was left out, in words. */
  notes: string[];
}

/** Entries of several splits, each in its file; all or none are there at the end. */
class Output {
  readonly #folder: string;
  readonly #writers = new Map<string, EntriesWriter>();
  readonly notes: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async add(file: string, entry: object): Promise<void> {
    let writer = this.#writers.get(file);
    if (!writer) {
      writer = await writeEntries(join(this.#folder, file));
      this.#writers.set(file, writer);
    }
    await writer.add(entry);
  }

  async finish(): Promise<Converted> {
    if (this.#writers.size === 0)
      throw new PublishedFileError(
        'There is nothing in the files to convert: they hold no entries of the form that is published. ' +
          'Is each given behind its own option?',
      );
    const files: Record<string, number> = {};
    for (const [file, writer] of this.#writers) {
      await writer.finish();
      files[file] = writer.count;
    }
    return { files, notes: this.notes };
  }

  async discard(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.discard();
  }
}

async function into(folder: string, fill: (output: Output) => Promise<void>): Promise<Converted> {
  const output = new Output(folder);
  try {
    await fill(output);
    return await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
}

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { instancePath: string; message: string }[];
}

/** Entries of a form, each checked. @throws PublishedFileError that names the file and the entry */
async function* entriesOf<T extends TSchema>(
  file: string,
  values: AsyncIterable<JsonValue>,
  checker: Checker & { readonly schema?: T },
): AsyncGenerator<{ key: string; value: Static<T> }> {
  for await (const { key, value } of values) {
    if (!checker.Check(value)) {
      const [problem] = checker.Errors(value);
      const where = `${problem?.instancePath ?? ''} ${problem?.message ?? 'is not of the published form'}`;
      throw new PublishedFileError(`${file}, entry ${key}: ${where.trim()}.`);
    }
    yield { key: String(key), value: value as Static<T> };
  }
}

const compile = <T extends TSchema>(schema: T) =>
  Compile(schema) as unknown as Checker & { readonly schema?: T };

const Id = Type.Union([Type.Integer(), Type.String()]);
const CocoImage = compile(Type.Object({ id: Id, file_name: Type.String() }));
const CocoCaption = compile(Type.Object({ image_id: Id, caption: Type.String() }));
const KarpathyImage = compile(
  Type.Object({
    filename: Type.String(),
    split: Type.String(),
    sentences: Type.Array(Type.Object({ raw: Type.String() })),
  }),
);
const VqaQuestion = compile(
  Type.Object({ image_id: Type.Integer(), question: Type.String(), question_id: Id }),
);
const VqaAnnotation = compile(
  Type.Object({
    question_id: Id,
    answer_type: Type.Optional(Type.String()),
    question_type: Type.Optional(Type.String()),
    multiple_choice_answer: Type.Optional(Type.String()),
    answers: Type.Array(Type.Object({ answer: Type.String() }), { minItems: 1 }),
  }),
);
const GqaQuestion = compile(
  Type.Object({
    question: Type.String(),
    imageId: Type.String(),
    answer: Type.Optional(Type.String()),
    types: Type.Optional(
      Type.Object({
        structural: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        semantic: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        detailed: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      }),
    ),
    entailed: Type.Optional(Type.Array(Type.String())),
    isBalanced: Type.Optional(Type.Boolean()),
    groups: Type.Optional(Type.Object({ global: Type.Optional(Type.Union([Type.String(), Type.Null()])) })),
  }),
);
const GqaChoices = compile(
  Type.Object({ valid: Type.Array(Type.String()), plausible: Type.Array(Type.String()) }),
);
const Nlvr2Statement = compile(
  Type.Object({ identifier: Type.String(), sentence: Type.String(), label: Type.Optional(Type.String()) }),
);
const GenomeRegions = compile(
  Type.Object({ id: Type.Integer(), regions: Type.Array(Type.Object({ phrase: Type.String() })) }),
);
const GenomeQuestions = compile(
  Type.Object({
    id: Type.Integer(),
    qas: Type.Array(Type.Object({ question: Type.String(), answer: Type.String() })),
  }),
);
const GenomeImage = compile(
  Type.Object({
    image_id: Type.Integer(),
    coco_id: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  }),
);

export const stem = (file: string): string => file.replace(/^.*\//, '').replace(/\.[^.]*$/, '');

/** Has this text something to read? */
const isText = (text: string): boolean => text.trim() !== '';

/** LXMERT's name of a picture of COCO. */
const cocoName = (subset: string, id: number): string => `COCO_${subset}_${String(id).padStart(12, '0')}`;

/** The split of a file of COCO's or VQA's, by its name: `train2014`. */
function splitOf(subset: string): SplitName {
  if (/^train/.test(subset)) return 'train';
  if (/^val/.test(subset)) return 'valid';
  return 'test';
}

/**
 * COCO captions (captions_train2014.json, captions_val2014.json) → lxmert/mscoco_<split>.json, each caption under its
 * source, `mscoco`.
 * @param minival names of pictures that are validated on; the others of val2014 are trained on, as in LXMERT
 */
export function convertCoco(
  folder: string,
  files: readonly string[],
  minival?: ReadonlySet<string>,
): Promise<Converted> {
  return into(folder, async (output) => {
    for (const file of files) {
      const names = new Map<string, string>();
      for await (const { value } of entriesOf(file, jsonValues(file, '$.images.*'), CocoImage)) {
        names.set(String(value.id), stem(value.file_name));
      }
      const captions = new Map<string, string[]>();
      for await (const { value } of entriesOf(file, jsonValues(file, '$.annotations.*'), CocoCaption)) {
        const name = names.get(String(value.image_id));
        if (name === undefined)
          throw new PublishedFileError(
            `${file}: a caption of ${value.image_id}, which is not among its images.`,
          );
        if (!isText(value.caption)) continue;
        const known = captions.get(name);
        if (known) known.push(value.caption.trim());
        else captions.set(name, [value.caption.trim()]);
      }
      const subset = /(train|val|test)\d*/.exec(stem(file))?.[0] ?? 'train';
      for (const [img_id, mscoco] of captions) {
        const split = held(splitOf(subset), img_id, minival);
        await output.add(`lxmert/mscoco_${split}.json`, { img_id, labelf: {}, sentf: { mscoco } });
      }
    }
  });
}

/** Validation in two parts, where a list says which. */
function held(split: SplitName, picture: string, minival: ReadonlySet<string> | undefined): SplitName {
  if (split !== 'valid' || minival === undefined) return split;
  return minival.has(picture) ? 'minival' : 'nominival';
}

/** Karpathy's split (dataset_coco.json): `restval` is trained on, `val` validated on, `test` left for the end. */
export function convertKarpathy(folder: string, file: string): Promise<Converted> {
  const splits: Readonly<Record<string, SplitName>> = {
    ...{ train: 'train', restval: 'nominival', val: 'valid', test: 'test' },
  };
  return into(folder, async (output) => {
    for await (const { key, value } of entriesOf(file, jsonValues(file, '$.images.*'), KarpathyImage)) {
      const split = Object.hasOwn(splits, value.split) ? splits[value.split] : undefined;
      if (!split)
        throw new PublishedFileError(`${file}, entry ${key}: "${value.split}" is no split of Karpathy's.`);
      const mscoco = value.sentences.map(({ raw }) => raw.trim()).filter(isText);
      await output.add(`lxmert/karpathy_${split}.json`, {
        ...{ img_id: stem(value.filename), labelf: {}, sentf: { mscoco } },
      });
    }
  });
}

export interface VqaFiles {
  questions: readonly string[];
  annotations: readonly string[];
  /** Answers that fewer questions have as their commonest one are not learned; 9 as published. */
  fewest: number;
  minival?: ReadonlySet<string>;
}

/**
 * VQA v2 → vqa/<split>.json with soft scores, and the table of answers, the commonest first. Questions without
 * annotations (test-dev, test) go to vqa/test.json without labels.
 */
export function convertVqa(folder: string, files: VqaFiles): Promise<Converted> {
  return into(folder, async (output) => {
    const { table, labels } = await readAnnotations(files);
    const known = new Set(table);
    for (const ans of table) await output.add('vqa/trainval_label2ans.json', { ans, dsets: ['vqa'] });
    let without = 0;
    for (const file of files.questions) {
      const given = await jsonField(file, 'data_subtype');
      const subset = String(given ?? /(train|val|test)[\w-]*\d{4}/.exec(stem(file))?.[0] ?? 'train2014');
      // The pictures of test-dev are those of test.
      const pictures = subset.replace(/^test.*?(\d{4})$/, 'test$1');
      for await (const { value } of entriesOf(file, jsonValues(file, '$.questions.*'), VqaQuestion)) {
        const img_id = cocoName(pictures, value.image_id);
        const own = labels.get(String(value.question_id));
        const entry = { img_id, question_id: value.question_id, sent: value.question };
        const split = held(splitOf(subset), img_id, files.minival);
        if (split === 'test') await output.add('vqa/test.json', entry);
        else if (own) {
          const label = Object.fromEntries([...own.scores].filter(([answer]) => known.has(answer)));
          const types = { answer_type: own.type, question_type: own.questionType };
          await output.add(`vqa/${split}.json`, { ...entry, label, ...types });
        } else without++;
      }
    }
    if (without > 0) output.notes.push(`${without} questions have no annotation and were left out`);
  });
}

/** What people answered a question, and how right each of it is. */
interface Answered {
  scores: Map<string, number>;
  type: string | undefined;
  questionType: string | undefined;
}

/** The commonest; of equals the first. */
const best = ({ scores }: Answered): string =>
  [...scores].reduce((most, one) => (one[1] > most[1] ? one : most))[0];

async function readAnnotations({ annotations, fewest }: VqaFiles) {
  const labels = new Map<string, Answered>();
  const counts = new Map<string, number>();
  for (const file of annotations) {
    for await (const { value } of entriesOf(file, jsonValues(file, '$.annotations.*'), VqaAnnotation)) {
      const answers = normalisedAnswers(value.answers.map(({ answer }) => answer));
      const { answer_type: type, question_type: questionType } = value;
      const answered = { scores: softScores(answers), type, questionType };
      labels.set(String(value.question_id), answered);
      counts.set(best(answered), (counts.get(best(answered)) ?? 0) + 1);
    }
  }
  const table = [...counts]
    .filter(([, count]) => count >= fewest)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([answer]) => answer);
  if (annotations.length > 0 && table.length === 0) {
    throw new PublishedFileError(
      `No answer is the commonest of ${fewest} questions and more: give a smaller --min-answers.`,
    );
  }
  return { table, labels };
}

/**
 * GQA (train_balanced_questions.json, …; folders of train_all_questions are given as their files) → gqa/<split>.json.
 * @param choiceFiles of its evaluation (val_choices.json): which answers are valid, and which plausible
 */
export function convertGqa(
  folder: string,
  files: Readonly<Partial<Record<'train' | 'valid' | 'testdev' | 'test', readonly string[]>>>,
  choiceFiles: readonly string[] = [],
): Promise<Converted> {
  return into(folder, async (output) => {
    const choices = new Map<string, { valid: string[]; plausible: string[] }>();
    for (const file of choiceFiles) {
      for await (const { key, value } of entriesOf(file, jsonValues(file, '$.*'), GqaChoices))
        choices.set(key, value);
    }
    for (const [split, some] of Object.entries(files)) {
      for (const file of some) {
        for await (const { key, value } of entriesOf(file, jsonValues(file, '$.*'), GqaQuestion)) {
          const { answer, types, entailed, groups, isBalanced } = value;
          if (answer === undefined && split !== 'test')
            throw new PublishedFileError(`${file}, question ${key} has no answer: is it a file of test?`);
          await output.add(`gqa/${split}.json`, {
            ...{ img_id: value.imageId, question_id: key, sent: value.question },
            ...(answer !== undefined && { label: { [answer]: 1 } }),
            ...(types?.structural != null && { answer_type: types.structural }),
            ...(types?.semantic != null && { semantic: types.semantic }),
            ...(entailed !== undefined && entailed.length > 0 && { entailed }),
            ...(groups?.global != null && { group: groups.global }),
            ...(isBalanced === false && { balanced: false }),
            // As GQA's eval.py has it: what two things have in common is one of these.
            ...(types?.detailed?.includes('Common') ? COMMON : choices.get(key)),
          });
        }
      }
    }
  });
}

/** NLVR2 (train.json, dev.json, test1.json: a JSON object a line) → nlvr2/<split>.json. */
export function convertNlvr2(
  folder: string,
  files: Readonly<Partial<Record<'train' | 'valid' | 'test', readonly string[]>>>,
): Promise<Converted> {
  return into(folder, async (output) => {
    for (const [split, some] of Object.entries(files)) {
      for (const file of some) {
        for await (const { key, value } of entriesOf(file, jsonLines(file), Nlvr2Statement)) {
          const { identifier, sentence, label } = value;
          // train-10171-0-0: its pictures are train-10171-0-img0 and -img1.
          const pair = /^(.+)-\d+$/.exec(identifier)?.[1];
          if (pair === undefined)
            throw new PublishedFileError(`${file}, line ${key}: "${identifier}" is no identifier of NLVR2.`);
          const truth = label === undefined ? undefined : TRUTH[label.toLowerCase()];
          if (truth === undefined && (label !== undefined || split !== 'test'))
            throw new PublishedFileError(`${file}, line ${key}: its label is neither True nor False.`);
          await output.add(`nlvr2/${split}.json`, {
            ...{ identifier, img0: `${pair}-img0`, img1: `${pair}-img1`, uid: identifier, sent: sentence },
            ...(truth !== undefined && { label: truth }),
          });
        }
      }
    }
  });
}

const COMMON = { valid: ['color', 'material', 'shape'], plausible: ['color', 'material', 'shape'] };

const TRUTH: Readonly<Record<string, number>> = { true: 1, false: 0 };

export interface VisualGenomeFiles {
  regions?: string;
  questions?: string;
  /** image_data.json: pictures that COCO has too are left out, so that none that is validated on is trained on. */
  images?: string;
}

/** Visual Genome → lxmert/vgnococo.json: phrases of regions as captions (`vg`), questions (`vgqa`) with their answer. */
export function convertVisualGenome(folder: string, files: VisualGenomeFiles): Promise<Converted> {
  return into(folder, async (output) => {
    const inCoco = new Set<number>();
    if (files.images) {
      for await (const { value } of entriesOf(files.images, jsonValues(files.images, '$.*'), GenomeImage))
        if (typeof value.coco_id === 'number') inCoco.add(value.image_id);
    }
    const asked = new Map<number, { vgqa: string[]; labels: Record<string, number>[] }>();
    if (files.questions) {
      const { questions: file } = files;
      for await (const { value } of entriesOf(file, jsonValues(file, '$.*'), GenomeQuestions)) {
        const qas = value.qas.filter(({ question }) => isText(question));
        if (qas.length === 0 || inCoco.has(value.id)) continue;
        asked.set(value.id, {
          vgqa: qas.map(({ question }) => question),
          labels: qas.map(({ answer }) => ({ [answer]: 1 })),
        });
      }
    }
    const write = async (id: number, vg: string[]): Promise<void> => {
      const questions = asked.get(id);
      asked.delete(id);
      if (vg.length === 0 && !questions) return;
      await output.add('lxmert/vgnococo.json', {
        img_id: String(id),
        sentf: { ...(vg.length > 0 && { vg }), ...(questions && { vgqa: questions.vgqa }) },
        labelf: questions ? { vgqa: questions.labels } : {},
      });
    };
    if (files.regions) {
      const { regions: file } = files;
      for await (const { value } of entriesOf(file, jsonValues(file, '$.*'), GenomeRegions)) {
        if (inCoco.has(value.id)) continue;
        // Several people drew the same region.
        const phrases = new Set(value.regions.map(({ phrase }) => phrase.trim()).filter(isText));
        await write(value.id, [...phrases]);
      }
    }
    for (const id of [...asked.keys()]) await write(id, []);
    if (inCoco.size > 0) output.notes.push(`${inCoco.size} pictures are COCO's too and were left out`);
  });
}
