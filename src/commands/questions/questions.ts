/** `questions --dataset <name>`: makes questions with answers out of a data set's captions. */

import { join } from 'node:path';
import { extendAnswerList } from '../../answers.ts';
import { writeAtomically } from '../../atomic-files.ts';
import {
  type CaptionedPicture,
  type PictureQuestion,
  QUESTION_KINDS,
  questionsFromCaptions,
} from '../../datasets/caption-questions/index.ts';
import { type DirectoryDataset, type DirectorySplit, openEntries } from '../../datasets/directory/index.ts';
import { UsageError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import { createRandom } from '../../random.ts';
import { readJsonFile } from '../../text.ts';
import type { GivenTo } from '../define-command.ts';
import { openDataset } from '../evaluate/dataset.ts';
import type { questions as description } from './command.ts';

const FILES: Record<DirectorySplit, string> = {
  train: 'captions_train.json',
  validation: 'captions_valid.json',
};
const SOURCE = 'captions';

export async function makeQuestions({ flags: values, config }: GivenTo<typeof description>): Promise<void> {
  const { fewest, show } = values;
  const { dataDir } = config();
  const directory = await open(values.dataset, dataDir);
  const captions = {
    train: await captionsOf(directory, 'train'),
    validation: await captionsOf(directory, 'validation'),
  };
  const listed = directory.tasks.vqa?.answers !== undefined && !values['new-answers'];
  const known = listed ? new Set(directory.answers.vqa) : undefined;
  const questions = questionsFromCaptions(captions, { fewest, ...(known && { known }) });
  process.stdout.write(summary(questions));
  if (show > 0) process.stdout.write(sample(questions.train, captions.train, show));
  if (questions.train.length === 0)
    throw new UsageError('The captions ask nothing that --fewest of them answer.');
  if (values['dry-run']) return;
  const output = values.output ?? join(directory.folder, 'vqa');
  makeFolder(output, '--output');
  if (values['new-answers']) await listAnswers(directory, questions);
  for (const split of ['train', 'validation'] as const) {
    await writeAtomically(join(output, FILES[split]), json(split, questions[split]));
  }
  process.stdout.write(`written to ${output}: ${FILES.train}, ${FILES.validation}\n`);
}

async function open(name: string, dataDir: string): Promise<DirectoryDataset> {
  const directory = await openDataset(name, dataDir);
  if (directory) return directory;
  throw new UsageError('--dataset: scenes ask questions of their own; give a folder in DATA_DIR/datasets.');
}

async function captionsOf(directory: DirectoryDataset, split: DirectorySplit): Promise<CaptionedPicture[]> {
  const entries = await openEntries(
    directory,
    'pretrain',
    split,
    Number.POSITIVE_INFINITY,
    ({ captions }) => captions.length > 0,
  );
  try {
    return Array.from({ length: entries.length }, (_, i) => {
      const { pictures, captions } = entries.entry(i);
      return { picture: pictures[0], captions };
    });
  } finally {
    entries.close();
  }
}

/** Before the questions: a list with answers that nothing asks for does no harm. */
async function listAnswers(
  { folder, tasks }: DirectoryDataset,
  { train, validation }: Record<DirectorySplit, readonly PictureQuestion[]>,
): Promise<void> {
  const answers = [...train, ...validation].flatMap((one) => [...one.answers.keys()]);
  for (const file of [tasks.vqa?.answers, tasks.pretrain?.answers]) {
    if (file === undefined) continue;
    const extended = extendAnswerList(await readJsonFile(join(folder, file)), answers);
    await writeAtomically(join(folder, file), `${JSON.stringify(extended)}\n`);
    process.stdout.write(`answers appended to ${file}\n`);
  }
}

/** As LXMERT's questions, one a line. */
function json(split: DirectorySplit, questions: readonly PictureQuestion[]): string {
  const entries = questions.map(({ picture, kind, question, answers }, i) =>
    JSON.stringify({
      img_id: picture,
      question_id: `${SOURCE}-${split}-${i}`,
      sent: question,
      label: Object.fromEntries([...answers].map(([answer, score]) => [answer, Number(score.toFixed(3))])),
      answer_type: kind,
      source: SOURCE,
    }),
  );
  return `[\n${entries.join(',\n')}\n]\n`;
}

const MOST_ANSWERS_SHOWN = 8;

function summary({ train, validation }: Record<DirectorySplit, readonly PictureQuestion[]>): string {
  const rows = QUESTION_KINDS.map((kind) => {
    const counts = new Map<string, number>();
    const asked = train.filter((one) => one.kind === kind);
    for (const { answers } of asked) {
      const [best] = answers.keys();
      counts.set(best!, (counts.get(best!) ?? 0) + 1);
    }
    const often = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_ANSWERS_SHOWN);
    const held = validation.filter((one) => one.kind === kind).length;
    return `| ${kind} | ${asked.length} | ${held} | ${counts.size} | ${often.map((one) => one.join(' ')).join(', ')} |`;
  });
  const all = `| all | ${train.length} | ${validation.length} | | |`;
  return `${['| | training | validation | answers | the commonest |', '|---|---:|---:|---:|---|', ...rows, all].join('\n')}\n`;
}

function sample(
  questions: readonly PictureQuestion[],
  pictures: readonly CaptionedPicture[],
  show: number,
): string {
  const captionsOfPicture = new Map(pictures.map(({ picture, captions }) => [picture, captions]));
  const some = createRandom('questions to look at')
    .shuffle([...questions])
    .slice(0, show);
  const lines = some.flatMap(({ picture, kind, question, answers }) => [
    `\n${kind}: ${question} ${[...answers.keys()].join(', ')}`,
    ...captionsOfPicture.get(picture)!.map((caption) => `    ${caption}`),
  ]);
  return `${lines.join('\n')}\n\n`;
}
