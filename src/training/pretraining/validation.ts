/**
 * Validation of a pre-training run, at every checkpoint: losses on scenes that it never sees, the test for the
 * design's trap (visible codes must help: the loss at 50 % masking far below the loss at 100 %), and pictures
 * sampled from captions.
 */

import { join } from 'node:path';
import type { Facts } from '../../datasets/scenes/index.ts';
import { CELLS } from '../../grid.ts';
import type { ModelConfig } from '../../models/family.ts';
import { createRandom } from '../../random.ts';
import { createPainter } from '../../sampling/painter.ts';
import { sampleRow, sampleRows } from '../../sampling/sample.ts';
import { resolveSampler } from '../../sampling/sampler.ts';
import type { HostTensors } from '../../tensor.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import { writeContactSheet } from '../run/contact-sheet.ts';
import type { TrainingContext } from '../run/training-kind.ts';
import type { CodePainter } from '../vocabulary/code-painting.ts';
import type { VisualVocabulary } from '../vocabulary/visual-vocabulary.ts';
import {
  captionedForCodes,
  type Modality,
  type PretrainingSource,
  pretrainingBatch,
  pretrainingExamples,
} from './batches.ts';
import { emptyFactScore, factMetrics, scoreFacts } from './code-facts.ts';
import { pretrainingTaskLoss } from './step.ts';

export interface PretrainingValidation {
  context: TrainingContext;
  config: ModelConfig;
  /** Examples of the validation split. */
  source: PretrainingSource;
  /** The caption that is painted of a picture, and what it claims, where that is known of all. */
  caption(index: number): { text: string; facts?: Facts };
  /** RGB bytes [side × side × 3]; left out where there are only features. */
  image?: (index: number, side: number) => Promise<Uint8Array>;
  vocabulary: VisualVocabulary;
  painter: CodePainter;
}

interface Check {
  name: string;
  task: Modality;
  masked?: number;
}

const CHECKS: readonly Check[] = [
  { name: 'ccc_50', task: 'vis_mask', masked: CELLS / 2 },
  { name: 'ccc_100', task: 'vis_mask', masked: CELLS },
  { name: 'mlm', task: 'word_mask' },
  { name: 'itm', task: 'matched' },
];

/** Indices of the pictures that have a caption to paint. */
const captioned = (source: PretrainingSource): readonly number[] =>
  captionedForCodes(source) ?? Array.from({ length: source.codes.length / CELLS }, (_, i) => i);

/** Mean loss and accuracy of each check over the first scenes of the validation split. */
export async function validationLosses(
  { context, config, source }: PretrainingValidation,
  weights: HostTensors,
): Promise<Record<string, number>> {
  const B = source.batchSize;
  const values: Record<string, number> = {};
  for (const { name, task, masked } of CHECKS) {
    const loss = pretrainingTaskLoss(config, config.grid!, task);
    const compiled = await context.engine.compile({
      name: `validate-${name}`,
      weights,
      inputs: pretrainingBatch(B, source.features?.width),
      fn: (tensors, inputs) => {
        const result = loss(tensors, inputs);
        return { loss: result.loss, ...result.aux };
      },
    });
    const sums: Record<string, number> = {};
    const codesOnly = task === 'vis_mask' && !source.codesFromQuestions;
    const all = codesOnly
      ? captioned(source)
      : Array.from({ length: source.codes.length / CELLS }, (_, i) => i);
    const batches = Math.max(1, Math.floor(all.length / B));
    for (let i = 0; i < batches; i++) {
      const scenes = Array.from({ length: B }, (_, row) => all[(i * B + row) % all.length]!);
      const key = `validation/${name}/${i}`;
      const { batch } = pretrainingExamples(source, task, key, { scenes, ...(masked && { masked }) });
      for (const [metric, { data }] of Object.entries(await compiled.run(batch))) {
        sums[metric] = (sums[metric] ?? 0) + data[0]! / batches;
      }
    }
    await compiled.release();
    values[`${name}_loss`] = sums.loss! - sums.qa_loss!;
    values[`${name}_accuracy`] = sums.accuracy!;
    if (task === 'matched') values.qa_accuracy = sums.qa_accuracy!;
  }
  return values;
}

const SHEET_ROWS = 20;
const SAMPLED_TOGETHER = 16;

/** Samples the captions of validation pictures, scores their codes where claims are known, and writes a sheet. */
export async function validationSamples(
  { context, config, source, caption, image, vocabulary, painter }: PretrainingValidation,
  weights: HostTensors,
  step: number,
): Promise<Record<string, number>> {
  const { tokenizer, codes } = source;
  const pictures = captioned(source);
  const captions = pictures.map(caption);
  const model = await createPainter(context.engine, config, weights, MAX_TEXT_TOKENS);
  const sampler = resolveSampler({ strategy: 'mask-predict', steps: 4 }, CELLS, config.num_clusters);
  const sampled: Int32Array[] = [];
  for (let first = 0; first < captions.length; first += SAMPLED_TOGETHER) {
    const group = captions.slice(first, first + SAMPLED_TOGETHER);
    const texts = await model.encode(group.map(({ text }) => tokenizer.encode(text, MAX_TEXT_TOKENS).ids));
    const rows = group.map((_, i) =>
      sampleRow({ sampler, positions: CELLS, random: createRandom(`validation/sample/${first + i}`) }),
    );
    const predict = (queries: Parameters<Parameters<typeof sampleRows>[1]>[0]) =>
      model.predict(queries.map(({ row, query }) => ({ text: texts[row]!, query })));
    sampled.push(...(await sampleRows(rows, predict)));
  }
  await model.release();
  const rows = captions.slice(0, SHEET_ROWS);
  const trueCodes = rows.map((_, i) => codes.subarray(pictures[i]! * CELLS, (pictures[i]! + 1) * CELLS));
  const reconstructed = await painter.paint(trueCodes);
  const painted = await painter.paint(sampled.slice(0, SHEET_ROWS));
  const real = image && (await Promise.all(rows.map((_, i) => image(pictures[i]!, painter.size))));
  await writeContactSheet(
    join(context.run.samples, `step-${String(step).padStart(8, '0')}.png`),
    [...(real ? ['real'] : []), 'true codes', 'mask-predict-4'],
    rows.map(({ text }, i) => ({
      caption: text,
      images: [...(real ? [real[i]!] : []), reconstructed[i]!, painted[i]!],
    })),
    painter.size,
    3,
  );
  if (captions.some(({ facts }) => facts === undefined)) return {};
  const score = emptyFactScore();
  for (const [i, { facts }] of captions.entries()) scoreFacts(vocabulary, facts!, sampled[i]!, score);
  return factMetrics(score, 'sampled_');
}
