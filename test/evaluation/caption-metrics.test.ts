import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scoreCaptions } from '../../src/evaluation/caption-metrics/index.ts';
import { ptbTokens } from '../../src/evaluation/caption-metrics/ptb-tokens.ts';

/** Scores of the published coco-caption. */
const { captions, scores, tokens } = JSON.parse(
  readFileSync(new URL('../fixtures/coco-caption/cases.json', import.meta.url), 'utf8'),
) as {
  captions: { text: string; references: string[] }[];
  scores: { bleu: number[]; rouge_l: number; cider_d: number };
  tokens: { text: string; words: string[] }[];
};

describe('the numbers of the published implementation', () => {
  it.each(tokens.map(({ text, words }) => [text, words] as const))('words of %s', (text, words) => {
    expect(ptbTokens(text)).toEqual(words);
  });

  it('BLEU, ROUGE-L and CIDEr-D', () => {
    const { bleu, rougeL, ciderD } = scoreCaptions(captions);
    for (const [i, score] of scores.bleu.entries()) expect(bleu[i]).toBeCloseTo(score, 9);
    expect(rougeL).toBeCloseTo(scores.rouge_l, 9);
    expect(ciderD).toBeCloseTo(scores.cider_d, 9);
  });
});

describe('captions', () => {
  const references = ['a red bus on the road', 'the bus is red'];

  it('that are a reference score full marks', () => {
    const some = [
      { text: 'A red bus on the road.', references: ['a red bus on the road'] },
      { text: 'two dogs in deep snow', references: ['two dogs in deep snow'] },
    ];
    const { bleu, rougeL, ciderD } = scoreCaptions(some);
    for (const score of [...bleu, rougeL]) expect(score).toBeCloseTo(1, 6);
    expect(ciderD).toBeCloseTo(10, 6);
  });

  it('without a word, or without a right one, score nothing', () => {
    for (const text of ['', '...', 'elephants fly']) {
      const { bleu, rougeL, ciderD } = scoreCaptions([
        { text, references },
        { text, references: ['an elephant'] },
      ]);
      for (const score of [...bleu, rougeL, ciderD]) expect(score).toBeLessThan(1e-6);
    }
  });
});
