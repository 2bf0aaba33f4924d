/**
 * WordPiece as BERT does it (CJK characters apart), over a vocabulary that is a plain list of tokens. Text is put in
 * lower case and stripped of accents unless the vocabulary has capitals, as bert-base-cased's has, which UNITER reads.
 * The work is done by @huggingface/tokenizers; here is what a model needs around it: fixed length, padding, cutting
 * that keeps [SEP], and a clear error for a vocabulary that lacks a special token.
 */
import { Tokenizer as WordPieceTokenizer } from '@huggingface/tokenizers';
import { MAX_TEXT_TOKENS } from './text-lengths.ts';

interface Encoded {
  /** [CLS], the tokens, [SEP], then [PAD] up to the length asked for. */
  ids: number[];
  /** True when the text did not fit and its end was cut. */
  truncated: boolean;
}

/** How well a text could be read. */
export interface Reading {
  /** True when the text did not fit and its end was cut. */
  truncated: boolean;
  /**
   * Words of what was read, as the tokenizer has them, that the vocabulary has neither whole nor in pieces that mean
   * something: they are [UNK], or are spelt letter by letter (a last letter aside: "frisbee ##s" is known).
   */
  unknownWords: string[];
}

export interface Tokenizer {
  /** `maxLength` (MAX_TEXT_TOKENS unless told) counts [CLS] and [SEP]. */
  encode(text: string, maxLength?: number): Encoded;
  /** As `encode`, and how well that went. */
  read(text: string, maxLength?: number): Encoded & Reading;
  /**
   * The same without the words that say nothing: [UNK], and those of which two letters in a row are spelt. For pictures
   * that are painted of what is known: "a dog on a skateboard" is a dog. A question asks about the word.
   */
  readKnown(text: string, maxLength?: number): Encoded & Reading;
  /** The text of these ids, special tokens left out. */
  decode(ids: ArrayLike<number>): string;
  /** The token with this id. */
  token(id: number): string;
  vocabularySize: number;
  pad: number;
  unk: number;
  cls: number;
  sep: number;
  mask: number;
}

export const SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** Reads vocab.txt: one token a line, its id is the line's number from 0. */
export function parseVocabulary(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The special tokens that it lacks, without which no text can be read. */
export const missingTokens = (vocabulary: readonly string[]): string[] =>
  SPECIAL_TOKENS.filter((token) => !vocabulary.includes(token));

/** A tokenizer for this vocabulary. Throws a TypeError that names the special tokens the vocabulary lacks. */
export function loadTokenizer(vocabulary: readonly string[]): Tokenizer {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const lacking = missingTokens(vocabulary);
  if (lacking.length > 0) throw new TypeError(`The vocabulary lacks ${lacking.join(', ')}.`);
  const [pad, unk, cls, sep, mask] = SPECIAL_TOKENS.map((token) => ids.get(token)!) as [
    number,
    number,
    number,
    number,
    number,
  ];

  const uncased = !vocabulary.some((token) => !/^\[.*\]$/.test(token) && token !== token.toLowerCase());

  const wordPiece = wordPieceOf(ids, uncased);
  const piecesOf = (text: string): number[] => wordPiece.encode(text, { add_special_tokens: false }).ids;

  const encode = (text: string, maxLength = MAX_TEXT_TOKENS): Encoded => fit(piecesOf(text), maxLength);

  function fit(body: readonly number[], maxLength: number): Encoded {
    if (!Number.isInteger(maxLength) || maxLength < 2)
      throw new RangeError(`A text needs at least 2 places, not ${maxLength}.`);
    const room = maxLength - 2;
    const kept = [cls, ...body.slice(0, room), sep];
    while (kept.length < maxLength) kept.push(pad);
    return { ids: kept, truncated: body.length > room };
  }

  const isLetter = (id: number): boolean => [...vocabulary[id]!.replace(/^##/, '')].length === 1;

  interface Word {
    word: string;
    pieces: number[];
  }
  const piecesOfWords = (text: string): Word[] =>
    wordsOf(wordPiece, text).map((word) => ({ word, pieces: piecesOf(word) }));

  function unknownWords(words: readonly Word[], room = Number.POSITIVE_INFINITY): string[] {
    const unknown = new Set<string>();
    let read = 0;
    for (const { word, pieces } of words) {
      if (read >= room) break;
      read += pieces.length;
      if (/^\p{P}+$/u.test(word)) continue;
      if (pieces.includes(unk) || pieces.slice(0, -1).some(isLetter)) unknown.add(word);
    }
    return [...unknown];
  }

  const saysNothing = ({ pieces }: Word): boolean =>
    pieces.includes(unk) || pieces.some((piece, i) => i > 0 && isLetter(piece) && isLetter(pieces[i - 1]!));

  return {
    encode,
    read: (text, maxLength = MAX_TEXT_TOKENS) => ({
      ...encode(text, maxLength),
      unknownWords: unknownWords(piecesOfWords(text), maxLength - 2),
    }),
    readKnown(text, maxLength = MAX_TEXT_TOKENS) {
      const words = piecesOfWords(text);
      const known = words.filter((word) => !saysNothing(word)).flatMap(({ pieces }) => pieces);
      return { ...fit(known, maxLength), unknownWords: unknownWords(words) };
    },
    decode: (tokens) => wordPiece.decode(Array.from(tokens), { skip_special_tokens: true }),
    token(id) {
      const token = vocabulary[id];
      if (token === undefined)
        throw new RangeError(`There is no token ${id}: the vocabulary has ${vocabulary.length}.`);
      return token;
    },
    vocabularySize: vocabulary.length,
    pad,
    unk,
    cls,
    sep,
    mask,
  };
}

function wordPieceOf(ids: ReadonlyMap<string, number>, uncased: boolean): WordPieceTokenizer {
  return new WordPieceTokenizer(
    {
      version: '1.0',
      added_tokens: SPECIAL_TOKENS.map((content) => ({
        id: ids.get(content)!,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: uncased,
        lowercase: uncased,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(ids),
      },
    },
    {},
  );
}

const withoutWords = wordPieceOf(new Map(SPECIAL_TOKENS.map((token, id) => [token, id])), true);

/** The words and punctuation marks that an uncased BERT goes on to split into pieces. */
export const splitWords = (text: string): string[] => wordsOf(withoutWords, text);

const wordsOf = ({ normalizer, pre_tokenizer }: WordPieceTokenizer, text: string): string[] =>
  pre_tokenizer!.pre_tokenize(normalizer!.normalize(text));
