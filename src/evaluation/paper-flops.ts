/**
 * Floating-point operations of products (two for each multiplication with its addition) in models of LXMERT's sizes:
 * how long they must take on a machine whose peak is known. What is kept between passes is counted once.
 *
 * T text tokens, V visual positions, S states attended to.
 */
import type { LxmertConfig } from '../models/lxmert/config.ts';

type Sizes = Pick<
  LxmertConfig,
  | 'hidden_size'
  | 'intermediate_size'
  | 'l_layers'
  | 'r_layers'
  | 'x_layers'
  | 'num_clusters'
  | 'visual_feat_dim'
  | 'vocab_size'
>;

/** @returns thousand millions, by what is computed */
export function flopsOf(config: Sizes, V: number, T: number): Record<string, number> {
  const { hidden_size: D, intermediate_size: I, l_layers, r_layers, x_layers, num_clusters: K } = config;
  /** Queries and outputs of T states, keys and values of S. */
  const attention = (T: number, S: number) => 2 * (2 * T * D * D + 2 * S * D * D) + 4 * T * S * D;
  const forward = (S: number) => 4 * S * D * I;
  const layer = (S: number) => attention(S, S) + forward(S);
  /** A side of a cross-modality layer. */
  const side = (own: number, other: number) => attention(own, other) + layer(own);
  const language = l_layers * layer(T);
  const relations = r_layers * layer(V);
  const crossing = (x_layers - 1) * (side(T, V) + side(V, T));
  const codes = 2 * V * (D * D + D * K);
  const word = 2 * (D * D + D * config.vocab_size);
  const pass = crossing + side(V, T) + codes;
  /** Every head at its end, the feature between states and codes not folded. */
  const training =
    language +
    relations +
    crossing +
    side(T, V) +
    side(V, T) +
    2 * V * (D * config.visual_feat_dim * 2 + D * D + config.visual_feat_dim * K);
  const giga = {
    // The first pass sees no picture: its relation encoder has been run.
    'four passes of painting': language + 3 * relations + 4 * pass,
    'an answer about a known picture': language + crossing + side(T, V),
    'a row of a caption (one word read)': language + crossing + side(T, V) + word,
    // Backwards takes two products for each.
    'an example of a training step': 3 * training,
  };
  return Object.fromEntries(Object.entries(giga).map(([what, flops]) => [what, flops / 1e9]));
}
