/** `evaluate table 5`: how many pictures, captions and questions a data set has, by source, as the paper's Table 5 counts. */
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { directoryTexts } from '../../datasets/directory/count-texts.ts';
import { DIRECTORY_SPLITS } from '../../datasets/directory/layout.ts';
import { WORLD_NAMES } from '../../datasets/scenes/index.ts';
import { UsageError } from '../../errors.ts';
import { openDataset } from './dataset.ts';

/** As the paper has it, from LXMERT's: images, then sentences and questions of each source. */
const PAPER = `## Table 5: data of pre-training, of the paper

| images | | COCO-Cap | VG-Cap | VQA | GQA | VG-QA | all |
|---|---:|---:|---:|---:|---:|---:|---:|
| MS COCO − VG | 72K | 361K | – | 387K | – | – | 0.75M |
| MS COCO ∩ VG | 51K | 256K | 2.54M | 271K | 515K | 724K | 4.30M |
| VG − MS COCO | 57K | – | 2.85M | – | 556K | 718K | 4.13M |
| all | 180K | 617K | 5.39M | 658K | 1.07M | 1.44M | 9.18M |
`;

/** @returns the paper's table, and one for each data set @throws UsageError */
export async function datasetCounts(datasets: readonly string[], { dataDir }: Config): Promise<string> {
  const tables = [PAPER];
  for (const name of datasets) {
    if (WORLD_NAMES.includes(name)) {
      tables.push(
        `## Here: ${name}\n\nComposed as it is asked for: no scene, caption or question is counted beforehand ` +
          '(`npm run train -- pretrain --scenes` says how many, each with several captions and questions).\n',
      );
      continue;
    }
    const directory = await openDataset(name, dataDir);
    if (!directory) throw new UsageError(`--dataset: there is no data set "${name}".`);
    const counts = await Promise.all(DIRECTORY_SPLITS.map((split) => directoryTexts(directory, split)));
    const sources = [...new Set(counts.flatMap(({ texts }) => [...texts.keys()]))].sort();
    const rows = DIRECTORY_SPLITS.map((split, i) => {
      const { pictures, texts } = counts[i]!;
      const cells = sources.map((source) => texts.get(source) ?? 0);
      return `| ${[split, pictures, ...cells, cells.reduce((sum, one) => sum + one, 0)].join(' | ')} |`;
    });
    tables.push(
      [
        `## Here: ${name} (${join('datasets', name)})`,
        '',
        `| split | images | ${sources.join(' | ')} | all |`,
        `|---|${'---:|'.repeat(sources.length + 2)}`,
        ...rows,
        '',
      ].join('\n'),
    );
  }
  return `${tables.join('\n')}`;
}
