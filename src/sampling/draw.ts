/** One code out of logits over the visual vocabulary: with temperature, among the top k. */
import type { Random } from '../random.ts';

export interface Drawn {
  id: number;
  /** The model's own probability of that code, whatever the temperature. */
  confidence: number;
}

/**
 * @param logits the K logits of one position
 * @param temperature above 0: logits are divided by it
 * @param topK only this many of the likeliest codes can be drawn (of equal logits, the lower ids)
 */
export function drawCode(logits: Float32Array, temperature: number, topK: number, random: Random): Drawn {
  const candidates = topK < logits.length ? likeliest(logits, topK) : undefined;
  const best = candidates ? logits[candidates[0]!]! : maximum(logits);
  const count = candidates?.length ?? logits.length;
  const idAt = (i: number): number => candidates?.[i] ?? i;
  let total = 0;
  for (let i = 0; i < count; i++) total += Math.exp((logits[idAt(i)]! - best) / temperature);
  let rest = random.next() * total;
  let id = idAt(0);
  for (let i = 0; i < count; i++) {
    const mass = Math.exp((logits[idAt(i)]! - best) / temperature);
    // A code of no mass is never drawn, not even when rounding leaves the sum short of the total.
    if (mass > 0) id = idAt(i);
    rest -= mass;
    if (rest < 0) break;
  }
  let all = 0;
  for (const logit of logits) all += Math.exp(logit - best);
  return { id, confidence: Math.exp(logits[id]! - best) / all };
}

function maximum(values: Float32Array): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > best) best = value;
  return best;
}

/** Ids of the k largest, largest first. One pass: most values lose against the smallest kept and cost nothing. */
function likeliest(logits: Float32Array, k: number): number[] {
  const kept: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (kept.length === k && logits[id]! <= logits[kept[k - 1]!]!) continue;
    let place = kept.length;
    while (place > 0 && logits[kept[place - 1]!]! < logits[id]!) place--;
    kept.splice(place, 0, id);
    if (kept.length > k) kept.pop();
  }
  return kept;
}
