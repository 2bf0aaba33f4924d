/** `evaluate configs …`: the models that the paper compares, each trained with the same budget, in one table. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../../atomic-files.ts';
import { loadWorld } from '../../datasets/scenes/index.ts';
import { openEngine } from '../../engines/choose.ts';
import { UsageError } from '../../errors.ts';
import { type ConfigRow, configReport, configResults } from '../../evaluation/config-report.ts';
import {
  columnsOf,
  evaluatePainting,
  type PaintEvaluation,
  type PaintedColumn,
} from '../../evaluation/paint-evaluation.ts';
import type { Provenance } from '../../evaluation/paint-report.ts';
import { makeFolder } from '../../make-folder.ts';
import { PRETRAINING_CONFIGS, type PretrainingConfigName } from '../../models/compared-configs.ts';
import type { GeneratorConfig } from '../../models/generator/config.ts';
import { readJsonFile } from '../../text.ts';
import type { RunDescription } from '../../training/run/run-directory.ts';
import type { ZooEntry } from '../../zoo/discovery.ts';
import { CONFIG_FILE, MANIFEST_FILE } from '../../zoo/manifest.ts';
import type { GivenTo } from '../define-command.ts';
import { type Find, findIn, OF_CODES, OF_FEATURES } from '../find-checkpoint.ts';
import { provenanceOf } from '../provenance.ts';
import { showProgress } from '../show-progress.ts';
import type { evaluateConfigs as description } from './commands.ts';
import {
  type LoadedModel,
  loadPaintingModel,
  loadRecogniser,
  type NamedSampler,
  paintsByRegression,
  REFERENCE_SCENES,
  readSampler,
  writeSheet,
} from './painting-model.ts';

const CONFIGS = Object.keys(PRETRAINING_CONFIGS) as PretrainingConfigName[];

interface TrainedConfig {
  config: PretrainingConfigName;
  entry: ZooEntry;
  description: RunDescription;
  budget: number;
}

export async function configsEvaluation({
  flags: values,
  line,
  config: settingsOf,
}: GivenTo<typeof description>): Promise<void> {
  const settings = settingsOf();
  const { captions, seed } = values;
  const sampler = readSampler('--sampler', values.sampler);
  const started = performance.now();
  const runs = join(settings.dataDir, 'runs');
  const find = await findIn(settings);
  const trained = await findRuns(find, runs, values.runs);
  const byRegression = new Map<ZooEntry, boolean>();
  for (const { entry } of trained) byRegression.set(entry, await paintsByRegression(entry, [sampler]));
  const generator = find('--generator', values.generator, 'generator');
  const judge = find('--recogniser', values.recogniser, 'recogniser');

  const engine = await openEngine(settings.engine, settings.threads);
  const world = await loadWorld(trained[0]!.description.dataset);
  const recogniser = await loadRecogniser(engine, judge, world);
  const open = (model: ZooEntry) => loadPaintingModel(engine, { model, generator }, world, [sampler]);
  const models = trained.map(({ config, entry }) => ({
    config,
    codes: !byRegression.get(entry)!,
    open: () => open(entry),
  }));
  let evaluation: PaintEvaluation;
  try {
    evaluation = await evaluatePainting({
      world,
      recogniser,
      columns: columnsOfAll(models, sampler, seed),
      captions,
      seed,
      referenceScenes: REFERENCE_SCENES * captions,
      onProgress: (column, done, total) => showProgress(column, done, total, 'pictures'),
    });
  } finally {
    await recogniser.release();
  }
  const checkpoints = [
    ...trained.map(({ config, entry }): [string, ZooEntry] => [config, entry]),
    ...Object.entries({ generator, recogniser: judge }),
  ];
  const provenance: Provenance = {
    ...{ seed, world: world.name },
    ...(await provenanceOf(line, engine, started, Object.fromEntries(checkpoints))),
  };
  const rows = CONFIGS.map(
    (config): ConfigRow => ({
      config,
      description: PRETRAINING_CONFIGS[config].description,
      budget: trained.find((one) => one.config === config)?.budget,
    }),
  );
  const output = values.output ?? join(settings.dataDir, 'evaluations', values.runs);
  makeFolder(output, '--output');
  const { architecture } = (await readJsonFile(join(generator.folder, CONFIG_FILE))) as GeneratorConfig;
  const painting = { sampler: sampler.name, quantises: architecture === 'pixel-shuffle' };
  const results = JSON.stringify(configResults(evaluation, rows, painting, provenance), null, 2);
  await writeAtomically(join(output, 'configs.json'), `${results}\n`);
  await writeSheet(join(output, 'configs.png'), evaluation);
  process.stdout.write(
    `${configReport(evaluation, rows, painting, provenance)}- written to ${output}: configs.json, configs.png\n`,
  );
}

/**
 * The finished runs of the comparison, in the order of the paper's rows.
 * @throws UsageError when there is none, or they were not trained on the same
 */
async function findRuns(find: Find, runs: string, prefix: string): Promise<TrainedConfig[]> {
  const trained: TrainedConfig[] = [];
  for (const config of CONFIGS) {
    const name = `${prefix}-${config}`;
    if (!existsSync(join(runs, name, 'result', MANIFEST_FILE))) continue;
    const entry = find('--runs', `${name}/result`, ...OF_CODES, ...OF_FEATURES);
    const description = await describe(runs, name);
    const { config: own } = description.hyperparameters;
    if (own !== config) throw new UsageError(`--runs: ${name} was trained with --config ${String(own)}.`);
    const base = trained[0]?.description ?? description;
    for (const role of ['grid_encoder', 'visual_vocabulary']) {
      if (description.components[role]?.revision === base.components[role]?.revision) continue;
      throw new UsageError(`--runs: ${name} has another ${role.replace('_', ' ')} than ${base.name}.`);
    }
    if (description.dataset !== base.dataset) {
      throw new UsageError(
        `--runs: ${name} was trained on ${description.dataset}, ${base.name} on ${base.dataset}.`,
      );
    }
    trained.push({ config, entry, description, budget: await budgetOf(runs, description) });
  }
  if (trained.length > 0) return trained;
  throw new UsageError(
    `--runs: there is no finished run ${prefix}-<config>. Train each: ` +
      `npm run train -- pretrain --config <config> --name ${prefix}-<config>, of ${CONFIGS.join(', ')}.`,
  );
}

async function describe(runs: string, name: string): Promise<RunDescription> {
  return (await readJsonFile(join(runs, name, 'run.json'))) as RunDescription;
}

/** Examples that it was trained on, with those of the runs that it went on from. */
async function budgetOf(runs: string, { hyperparameters, components }: RunDescription): Promise<number> {
  const { steps, batch_size } = hyperparameters as { steps: number; batch_size: number };
  const base = components.base_model?.id.replace(/\/result$/, '');
  const before = base && existsSync(join(runs, base, 'run.json')) ? await describe(runs, base) : undefined;
  return steps * batch_size + (before ? await budgetOf(runs, before) : 0);
}

/**
 * A column of each model, which is loaded for it and released after it; before the first of codes, and the first of
 * features, what the generator makes of the scenes' own.
 */
function columnsOfAll(
  models: readonly { config: string; codes: boolean; open: () => Promise<LoadedModel> }[],
  sampler: NamedSampler,
  seed: number,
): PaintedColumn[] {
  return models.flatMap(({ config, codes, open }, i) => {
    let loaded: Promise<LoadedModel> | undefined;
    const once = () => {
      loaded ??= open();
      return loaded;
    };
    const { reconstruction, painted } = columnsOf(once, [{ ...sampler, name: config }], seed);
    const own = { ...painted[0]!, close: async () => (await loaded)?.release() };
    const isFirst = models.findIndex((one) => one.codes === codes) === i;
    const name = `reconstruction from ${codes ? 'codes' : 'features'}`;
    return isFirst ? [{ ...reconstruction, name }, own] : [own];
  });
}
