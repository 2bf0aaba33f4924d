/** What several kinds check before they train: that a model to go on from has the shape and the texts that it needs. */
import { parseAnswers } from '../../answers.ts';
import { missingTokens, parseVocabulary } from '../../tokenizer.ts';
import { TrainingError } from './errors.ts';
import type { Component } from './training-kind.ts';

const refuse = (subject: string, message: string): never => {
  throw new TrainingError('component_mismatch', `${subject} ${message}`, { subject });
};

/**
 * @param wanted field of the config → what it must be
 * @throws TrainingError component_mismatch when the weights of the base model would not fit
 */
export function refuseOtherShape(
  base: Component | undefined,
  architecture: string,
  wanted: Record<string, unknown>,
): void {
  if (!base) return;
  if (base.architecture !== architecture) {
    refuse('base_model', `${base.id} is of the architecture ${base.architecture}, not ${architecture}`);
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
 * The words of a base model, and its answers where they are `wanted`, are there, and as many as its weights have.
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
  if (!answers) return;
  const known = parseAnswers(texts['answers.txt'] ?? fails('has no answers.txt'));
  if (known.length !== num_qa_labels)
    fails(`has ${known.length} answers in answers.txt, its weights ${num_qa_labels}`);
}
