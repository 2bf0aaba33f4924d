/**
 * How near captions come to those of people: the numbers of the published coco-caption (Chen et al. 2015), to which
 * tests hold them. METEOR and SPICE are left out: they stand on WordNet and a parser.
 */
import { bleu } from './bleu.ts';
import { ciderD } from './cider-d.ts';
import { ptbTokens } from './ptb-tokens.ts';
import { rougeL } from './rouge-l.ts';

export interface CaptionScores {
  /** BLEU-1 to 4, 0..1. */
  bleu: readonly number[];
  /** 0..1 */
  rougeL: number;
  /** 0..10 */
  ciderD: number;
}

/** The scores of at least one caption, all of them together. */
export function scoreCaptions(
  captions: readonly { text: string; references: readonly string[] }[],
): CaptionScores {
  const scored = captions.map(({ text, references }) => ({
    words: ptbTokens(text),
    references: references.map(ptbTokens),
  }));
  return { bleu: bleu(scored), rougeL: rougeL(scored), ciderD: ciderD(scored) };
}
