/**
 * What a conversation asks of models that look at pictures:
 *
 * - one picture and a text: a question about it; "what's in this image?" and "describe it" ask for a caption
 * - one picture and no text: a caption
 * - two pictures and a text: is the statement true of them?
 *
 * The text is that of the last message of the user, the pictures are those of the latest message that has any. What
 * came before, and what the system says, these models cannot read.
 */
import { randomUUID } from 'node:crypto';
import { CodedError } from '../../errors.ts';
import type { Upload } from '../../plugins/uploads.ts';
import { captionPicture } from '../caption/captioning.ts';
import { verifyStatement } from '../nlvr2/verifying.ts';
import { chooseModelFor, type OnRecord, onRecord, type RunContext } from '../recorded-run.ts';
import { answerQuestion } from '../vqa/answering.ts';
import { modelName } from './model-name.ts';

/** A message, in the order in which they were sent. */
export interface Turn {
  /** What others say and show is not looked at. */
  readonly ofUser: boolean;
  readonly text: string;
  /** How many it shows. */
  readonly pictures: number;
}

export interface Wanted {
  readonly model: string | undefined;
  /** Where the conversation stands in the body, for errors. */
  readonly field: string;
  /** Choices; captions alone can differ. */
  readonly n?: number;
  readonly seed?: number;
  readonly temperature?: number;
}

export interface ConversationAnswer extends OnRecord {
  readonly model: string;
  readonly revision: string;
  /** What each choice says. */
  readonly texts: string[];
  /** Other answers with their probabilities, the likeliest first; none for captions. */
  readonly scores: readonly { text: string; probability: number }[];
}

/** What OpenAI's ids end with: that of the run, where there is one. */
export const lastOfId = ({ id }: OnRecord): string => id ?? randomUUID();

/** What a caption answers better than a model that knows answers of a word or two. */
const WANTS_CAPTION =
  /^(please |can you |could you )*(describe|caption|write a caption|give (me )?a caption)\b|^what('s| is|s) (in|on|shown in|happening in) (this|the|that) (image|picture|photo|photograph|scene)\b|^what (do|can) you see\b/i;

/** @throws CodedError impossible_request, and what the tasks throw */
export async function answerConversation(
  context: RunContext,
  turns: readonly Turn[],
  all: readonly Upload[],
  wanted: Wanted,
): Promise<ConversationAnswer> {
  try {
    return await answer(context, turns, all, wanted);
  } catch (error) {
    // The tasks name fields of their own: a picture, a question, a statement.
    if (!(error instanceof CodedError) || error.status >= 429 || error.param === '/model') throw error;
    throw error.at(wanted.field);
  }
}

async function answer(
  context: RunContext,
  turns: readonly Turn[],
  all: readonly Upload[],
  wanted: Wanted,
): Promise<ConversationAnswer> {
  const { host } = context.services;
  const text = lastQuestion(turns).trim();
  const pictures = latestPictures(turns, all);
  const choose = (task: 'caption' | 'vqa' | 'nlvr2') =>
    chooseModelFor(host, task, modelName(wanted.model), Promise.resolve(pictures));
  const [picture, second] = pictures as [Upload, Upload | undefined];
  if (second !== undefined) {
    if (text === '')
      throw impossible('Two images need a statement that is true or false of them, as text beside them.');
    const model = await choose('nlvr2');
    const { revision, label, score, ...judged } = await verifyStatement(context, {
      ...{ model, left: picture, right: second, statement: text },
    });
    const scores = [
      { text: 'true', probability: score },
      { text: 'false', probability: 1 - score },
    ].sort((a, b) => b.probability - a.probability);
    return { ...onRecord(judged), model, revision, texts: [String(label)], scores };
  }
  if (text === '' || WANTS_CAPTION.test(text)) {
    const model = await choose('caption');
    const { n = 1, seed, temperature } = wanted;
    const { revision, captions, ...told } = await captionPicture(context, {
      ...{ model, picture, n },
      ...(seed !== undefined && { seed }),
      ...(temperature !== undefined && { sampler: { temperature } }),
    });
    return { ...onRecord(told), model, revision, texts: captions.map((one) => one.text), scores: [] };
  }
  const model = await choose('vqa');
  const { revision, answer, answers, ...answered } = await answerQuestion(context, {
    ...{ model, picture, question: text, topK: TOP_K },
  });
  const scores = answers.map((one) => ({ text: one.answer, probability: one.score }));
  return { ...onRecord(answered), model, revision, texts: [answer], scores };
}

/** As many as `top_logprobs` may ask for. */
const TOP_K = 20;

export const lastQuestion = (turns: readonly Turn[]): string =>
  turns.findLast(({ ofUser }) => ofUser)?.text ?? '';

function latestPictures(turns: readonly Turn[], all: readonly Upload[]): Upload[] {
  let end = all.length;
  for (const { ofUser, pictures } of turns.toReversed()) {
    if (ofUser && pictures > 2)
      throw impossible(`A message shows one image or two; this one shows ${pictures}.`);
    if (ofUser && pictures > 0) return all.slice(end - pictures, end);
    end -= pictures;
  }
  throw impossible(
    'There is no image in the messages of the user. These models caption images, answer questions about them, and ' +
      'judge statements about two; POST /v1/images/generations paints.',
  );
}

const impossible = (message: string) => new CodedError('impossible_request', message);

/** Answers as OpenAI gives probabilities: their natural logarithms. */
export function logprob(probability: number): number {
  return Math.max(-9999, Math.log(probability));
}
