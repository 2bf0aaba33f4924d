/**
 * The commands by name. Of each, what it takes and what it does lie in modules of their own, which are loaded when they
 * are called for: one command's dependencies never slow down another's start, nor its own help.
 */
import { command, family, type Run } from './define-command.ts';

interface Entry {
  summary: string;
  run: Run;
}

const lazily = <Module, Part>(load: () => Promise<Module>, pick: (module: Module) => Part) => {
  return async (): Promise<Part> => pick(await load());
};

const BENCHES = () => import('./bench/commands.ts');
const EVALUATIONS = () => import('./evaluate/commands.ts');

const answers = (head: 'vqa' | 'gqa' | 'nlvr2'): Run =>
  command(
    lazily(EVALUATIONS, ({ evaluateAnswers }) => evaluateAnswers(head)),
    async () => {
      const { answerEvaluation } = await import('./evaluate/answers.ts');
      return (given) => answerEvaluation(head, given);
    },
  );

export const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    summary: 'start the REST server',
    run: command(
      async () => (await import('./serve/command.ts')).serve,
      async () => (await import('./serve/serve.ts')).serve,
    ),
  },
  paint: {
    summary: 'paint images from captions',
    run: command(
      async () => (await import('./paint/command.ts')).paint,
      async () => (await import('./paint/paint.ts')).paint,
    ),
  },
  ask: {
    summary: 'caption a picture, or answer a question about it',
    run: command(
      async () => (await import('./ask/command.ts')).ask,
      async () => (await import('./ask/ask.ts')).ask,
    ),
  },
  train: {
    summary: 'train a model of the zoo',
    run: async ([first, ...rest]) => {
      const described = () => import('./train/command.ts');
      const done = () => import('./train/train.ts');
      const publish = command(
        async () => (await described()).publish,
        async () => (await done()).publish,
      );
      const train = command(
        async (args) => (await described()).describeTraining(args),
        async () => (await done()).train,
      );
      await (first === 'publish' ? publish(rest) : train(first === undefined ? [] : [first, ...rest]));
    },
  },
  worker: {
    summary: 'take training jobs from the queue of a server',
    run: command(
      async () => (await import('./worker/command.ts')).worker,
      async () => (await import('./worker/worker.ts')).worker,
    ),
  },
  inference: {
    summary: 'run models for servers with INFERENCE=remote',
    run: command(
      async () => (await import('./inference/command.ts')).inference,
      async () => (await import('./inference/inference.ts')).inference,
    ),
  },
  keys: {
    summary: 'make, list and revoke API keys',
    run: command(
      async () => (await import('./keys/command.ts')).keys,
      async () => (await import('./keys/keys.ts')).keys,
    ),
  },
  backup: {
    summary: 'copy all that a server keeps, while it runs',
    run: command(
      async () => (await import('./backup/command.ts')).backup,
      async () => (await import('./backup/backup.ts')).backup,
    ),
  },
  restore: {
    summary: 'make a DATA_DIR out of a backup',
    run: command(
      async () => (await import('./restore/command.ts')).restore,
      async () => (await import('./restore/restore.ts')).restore,
    ),
  },
  'upgrade-postgres': {
    summary: 'move the embedded database to another major version of Postgres',
    run: command(
      async () => (await import('./upgrade-postgres/command.ts')).upgradePostgres,
      async () => (await import('./upgrade-postgres/upgrade-postgres.ts')).upgradePostgres,
    ),
  },
  import: {
    summary: 'make a published model a checkpoint of the zoo',
    run: command(
      async () => (await import('./import/command.ts')).importModel,
      async () => (await import('./import/import.ts')).importModel,
    ),
  },
  extract: {
    summary: 'compute the features of a folder of pictures',
    run: command(
      async () => (await import('./extract/command.ts')).extract,
      async () => (await import('./extract/extract.ts')).extract,
    ),
  },
  convert: {
    summary: 'bring COCO, VQA, GQA, NLVR2 and Visual Genome into the layout that is read',
    run: command(
      async () => (await import('./convert/command.ts')).convert,
      async () => (await import('./convert/convert.ts')).convert,
    ),
  },
  questions: {
    summary: 'make questions with answers out of a data set’s captions',
    run: command(
      async () => (await import('./questions/command.ts')).questions,
      async () => (await import('./questions/questions.ts')).makeQuestions,
    ),
  },
  evaluate: {
    summary: 'measure how well a model does',
    run: family(
      lazily(EVALUATIONS, (all) => all.EVALUATIONS),
      {
        paint: command(
          lazily(EVALUATIONS, (all) => all.evaluatePaint),
          async () => (await import('./evaluate/paint.ts')).paintEvaluation,
        ),
        images: command(
          lazily(EVALUATIONS, (all) => all.evaluateImages),
          async () => (await import('./evaluate/images.ts')).imagesEvaluation,
        ),
        configs: command(
          lazily(EVALUATIONS, (all) => all.evaluateConfigs),
          async () => (await import('./evaluate/configs.ts')).configsEvaluation,
        ),
        caption: command(
          lazily(EVALUATIONS, (all) => all.evaluateCaption),
          async () => (await import('./evaluate/caption.ts')).captionEvaluation,
        ),
        match: command(
          lazily(EVALUATIONS, (all) => all.evaluateMatch),
          async () => (await import('./evaluate/match.ts')).matchEvaluation,
        ),
        precision: command(
          lazily(EVALUATIONS, (all) => all.evaluatePrecision),
          async () => (await import('./evaluate/precision.ts')).precisionEvaluation,
        ),
        table: command(
          lazily(EVALUATIONS, (all) => all.evaluateTable),
          async () => (await import('./evaluate/table.ts')).tableEvaluation,
        ),
        figure: command(
          lazily(EVALUATIONS, (all) => all.evaluateFigure),
          async () => (await import('./evaluate/figure.ts')).figureEvaluation,
        ),
        vqa: answers('vqa'),
        gqa: answers('gqa'),
        nlvr2: answers('nlvr2'),
      },
    ),
  },
  predict: {
    summary: 'answer the questions of a test server',
    run: command(
      async () => (await import('./predict/command.ts')).predict,
      async () => (await import('./predict/predict.ts')).predict,
    ),
  },
  bench: {
    summary: 'measure how fast a model runs',
    run: family(
      lazily(BENCHES, (all) => all.BENCHES),
      {
        paint: command(
          lazily(BENCHES, (all) => all.benchPaint),
          async () => (await import('./bench/paint.ts')).paintBench,
        ),
        caption: command(
          lazily(BENCHES, (all) => all.benchCaption),
          async () => (await import('./bench/caption.ts')).captionBench,
        ),
        engines: command(
          lazily(BENCHES, (all) => all.benchEngines),
          async () => (await import('./bench/engines.ts')).enginesBench,
        ),
        peers: command(
          lazily(BENCHES, (all) => all.benchPeers),
          async () => (await import('./bench/peers.ts')).peersBench,
        ),
        see: command(
          lazily(BENCHES, (all) => all.benchSee),
          async () => (await import('./bench/see.ts')).seeBench,
        ),
        serve: command(
          lazily(BENCHES, (all) => all.benchServe),
          async () => (await import('./bench/serve.ts')).serveBench,
        ),
        products: command(
          lazily(BENCHES, (all) => all.benchProducts),
          async () => (await import('./bench/products.ts')).productsBench,
        ),
        tasks: command(
          lazily(BENCHES, (all) => all.benchTasks),
          async () => (await import('./bench/tasks.ts')).tasksBench,
        ),
        workers: command(
          lazily(BENCHES, (all) => all.benchWorkers),
          async () => (await import('./bench/workers.ts')).workersBench,
        ),
        'serve-while-training': command(
          lazily(BENCHES, (all) => all.benchServeWhileTraining),
          async () => (await import('./bench/serve-while-training.ts')).serveWhileTrainingBench,
        ),
        database: command(
          lazily(BENCHES, (all) => all.benchDatabase),
          async () => (await import('./bench/database.ts')).databaseBench,
        ),
      },
    ),
  },
  setup: {
    summary: 'install an optional engine (TensorFlow, CUDA)',
    run: command(
      async () => (await import('./setup/command.ts')).setup,
      async () => (await import('./setup/setup.ts')).setup,
    ),
  },
  recipes: {
    summary: 'write the recipes into documents',
    run: command(
      async () => (await import('./recipes/command.ts')).recipes,
      async () => (await import('./recipes/recipes.ts')).writeRecipes,
    ),
  },
  openapi: {
    summary: 'write openapi/openapi.json from the routes',
    run: command(
      async () => (await import('./openapi/command.ts')).openapi,
      async () => (await import('./openapi/openapi.ts')).openapi,
    ),
  },
};

/** @throws UsageError */
export const runCommand = (name: keyof typeof COMMANDS, args: readonly string[]): Promise<void> =>
  COMMANDS[name]!.run(args);
