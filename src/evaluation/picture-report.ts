/** The evaluation of pictures as people and programs read it. */
import { WORD_CATEGORIES } from './category-words.ts';
import { type MadeBy, madeByLines } from './made-by.ts';
import { shareOf, type Tally } from './paint-score.ts';
import type { PictureEvaluation } from './picture-evaluation.ts';
import { hardMean } from './r-precision.ts';
import type { Resizing } from './resizings.ts';

export interface PictureProvenance extends MadeBy {
  /** The model and its sampler, or the folder. */
  pictures: string;
  captions: string | null;
  /** What the distance is from. */
  reference: string | null;
  /** `inception`, resized as one of two programs do; else the features of the encoder that is named. */
  network: { name: string; resizing: Resizing | null } | null;
  judge: { name: string; independent: boolean } | null;
  splits: number;
  negatives: number;
  seed: number;
  /** What is left out, and why. */
  notes: readonly string[];
}

const percent = (tally: Tally): string => {
  const share = shareOf(tally);
  return share === null ? '–' : (100 * share).toFixed(1);
};

/** What the distance may be called: FID is made with Inception alone. */
const distanceName = ({ network }: PictureProvenance): string =>
  network?.resizing ? 'FID' : `Fréchet distance, ${network?.name ?? ''}`;

export function pictureReport(evaluation: PictureEvaluation, provenance: PictureProvenance): string {
  const { inceptionScore, frechetDistance, rPrecision } = evaluation;
  const { network, judge, splits, negatives } = provenance;
  const rows: string[] = [];
  if (network?.resizing && inceptionScore) {
    const { mean, deviation } = inceptionScore;
    rows.push(`| IS (${splits} splits), higher is better | ${mean.toFixed(3)} ± ${deviation.toFixed(3)} |`);
  }
  if (frechetDistance !== null)
    rows.push(
      `| ${distanceName(provenance)} from ${provenance.reference}, lower is better | ${frechetDistance.toFixed(3)} |`,
    );
  if (rPrecision) {
    const { easy, hard } = rPrecision;
    rows.push(`| R-precision-easy, among ${negatives} others, % (n = ${easy.total}) | ${percent(easy)} |`);
    const mean = hardMean(hard);
    rows.push(`| R-precision-hard, % | ${mean === null ? '–' : (100 * mean).toFixed(1)} |`);
    for (const category of WORD_CATEGORIES)
      rows.push(`| … ${category} (n = ${hard[category].total}) | ${percent(hard[category])} |`);
  }
  return [
    `## ${evaluation.pictures} pictures: ${provenance.pictures}`,
    '',
    '| | |',
    '|---|---:|',
    ...rows,
    '',
    ...(network?.resizing ? [`Inception v3, pictures resized as ${network.resizing} does.`] : []),
    ...(judge
      ? [
          `R-precision: ${judge.name} judges${judge.independent ? '' : ', which is NOT independent of the model'}.`,
        ]
      : []),
    ...provenance.notes,
    ...madeByLines(`Seed ${provenance.seed}`, provenance),
  ].join('\n');
}

/** The same for programs. */
export function pictureResults(
  evaluation: PictureEvaluation,
  provenance: PictureProvenance,
): Record<string, unknown> {
  const { inceptionScore, frechetDistance, rPrecision } = evaluation;
  const hard = rPrecision && hardMean(rPrecision.hard);
  const fid = provenance.network?.resizing ? 'fid' : 'frechet_distance_of_encoder';
  return {
    task: 'images',
    ...provenance,
    count: evaluation.pictures,
    metrics: {
      ...(inceptionScore && {
        inception_score: inceptionScore.mean,
        inception_score_deviation: inceptionScore.deviation,
      }),
      ...(frechetDistance !== null && { [fid]: frechetDistance }),
      ...(rPrecision && {
        r_precision_easy: shareOf(rPrecision.easy),
        r_precision_hard: hard,
        ...Object.fromEntries(
          WORD_CATEGORIES.map((category) => [
            `r_precision_hard_${category}`,
            shareOf(rPrecision.hard[category]),
          ]),
        ),
      }),
    },
    ...(rPrecision && {
      asked: Object.fromEntries(
        WORD_CATEGORIES.map((category) => [category, rPrecision.hard[category].total]),
      ),
    }),
  };
}
