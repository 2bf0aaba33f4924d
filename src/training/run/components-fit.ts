/** What several kinds check before they train: that a model to go on from has the shape and the texts that it needs. */
import { parseAnswers } from '../../answers.ts';
import { missingTokens, parseVocabulary } from '../../tokenizer.ts';
import { TrainingError } from './errors.ts';
import type { Component } from './training-kind.ts';

const refuse = (subject: string, message: string): never => {
  throw new TrainingError('component_mismatch', `${subject} ${message}.`, { subject });
};

/**
 * @param architecture one that will do, or several
 * @param wanted field of the config → what it must be
 * @throws TrainingError component_mismatch when the weights of the base model would not fit
 */
export function refuseOtherShape(
  base: Component | undefined,
  architecture: string | readonly string[],
  wanted: Record<string, unknown>,
): void {
  if (!base) return;
  const known = [architecture].flat();
  if (!known.includes(base.architecture)) {
    const others = known.join(' or ');
    refuse('base_model', `${base.id} is of the architecture ${base.architecture}, not ${others}`);
  }
  const config = base.config as Record<string, unknown>;
  const others = Object.entries(wanted).filter(
    ([name, value]) => JSON.stringify(config[name]) !== JSON.stringify(value),
  );
  if (others.length === 0) return;
  const list = others.map(([name, value]) => `${name} ${config[name]}, not ${value}`).join('; ');
  refuse('base_model', `${base.id} has another shape than the hyperparameters ask for: ${list}`);
}

/**
 * The words of a base model are there, and they, and its answers where it knows them and they are `wanted`, are as many
 * as its weights have.
 * @throws TrainingError component_mismatch
 */
export function refuseOtherTexts({ id, texts, config }: Component, { answers }: { answers: boolean }): void {
  const fails = (why: string): never => refuse('base_model', `${id} ${why}`);
  const { vocab_size, num_qa_labels } = config as Record<string, number>;
  const words = parseVocabulary(texts['vocab.txt'] ?? fails('has no vocab.txt'));
  if (words.length !== vocab_size)
    fails(`has ${words.length} tokens in vocab.txt, its weights ${vocab_size}`);
  const lacking = missingTokens(words);
  if (lacking.length > 0) fails(`has no ${lacking.join(', ')} in vocab.txt`);
  // A model that was imported without its answers learns those of the data set anew.
  if (!answers || texts['answers.txt'] === undefined) return;
  const known = parseAnswers(texts['answers.txt']);
  if (known.length !== num_qa_labels)
    fails(`has ${known.length} answers in answers.txt, its weights ${num_qa_labels}`);
}
