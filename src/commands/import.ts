/** `import --from FILE --as MODEL_ID`: a published model becomes a checkpoint of the zoo. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configFlags, readConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { ImportError } from '../zoo/import/error.ts';
import { importCheckpoint } from '../zoo/import/import-checkpoint.ts';
import { currentCommit } from './current-commit.ts';

const HELP = `import --from <file or folder> --as <id>    make a published model a checkpoint of the zoo

Reads files of torch.save (legacy and zip layout; nothing in them is ever run) and safetensors, with the names of
X-LXMERT, LXMERT (the authors' and Hugging Face's), UNITER, the paper's generator, and the detector of its grid features
(maskrcnn-benchmark), which models imported after it can name, and the Inception of FID (pytorch-fid, torch-fidelity).
A .npy of centroids is a visual vocabulary. A JSON is a picture encoder: a graph model of
TensorFlow.js, or a list of backbones and of their maps that become features.

  --from <path>            weights, or a folder of Hugging Face's layout (config.json, model.safetensors, …)
  --as <id>                id in the zoo, or <model>/<variant>
  --config <file>          config.json; without one, sizes follow from the weights
  --centroids <file.npy>   the visual vocabulary, where the weights lack it
  --generator <G_60.pth>   the generator to paint with
  --vocab <file>           vocab.txt (bert-base-uncased)
  --answers <file>         answers of a QA head: a line each, or JSON (label2ans, ans2label)
  --grid-encoder <path>    hosted grid encoder or detector that makes the features the model sees
  --pictures <folder>      of a picture encoder: what its features are standardised over
  --data-dir, --checkpoints-dir
`;

export async function run(args: string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      ...configFlags,
      ...{ from: text, as: text, config: text, centroids: text, generator: text, vocab: text, answers: text },
      'grid-encoder': text,
      pictures: text,
      help: { type: 'boolean', short: 'h' },
    },
  });
  const given = values as Record<string, string | boolean | undefined>;
  if (given.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const { pictures, from, as, config, centroids, generator, vocab, answers } = given as Record<
    string,
    string | undefined
  >;
  const gridEncoder = given['grid-encoder'] as string | undefined;
  if (from === undefined || as === undefined)
    throw new UsageError(`import needs --from and --as.\n\n${HELP}`);
  const { checkpointsDir, dataDir } = readConfig(process.env, given);
  const command = { command: ['npm run import --', ...args].join(' '), commit: await currentCommit() };
  const optional = { config, centroids, generator, vocab, answers, gridEncoder };
  const request = {
    ...{ from, as, ...command },
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
  try {
    if (from.endsWith('.json')) {
      const { importEncoder } = await import('./import-encoder.ts');
      const encoder = await importEncoder(
        {
          from,
          as,
          ...command,
          ...(config !== undefined && { config }),
          ...(pictures !== undefined && { pictures }),
        },
        join(dataDir, 'checkpoints'),
      );
      if (encoder) {
        process.stdout.write(
          `${encoder.id}: features of ${encoder.width} numbers a cell\n${encoder.folder}\n`,
        );
        return;
      }
    }
    const imported = await importCheckpoint(request, [checkpointsDir, join(dataDir, 'checkpoints')]);
    const tasks = imported.tasks.join(', ') || 'nothing by itself';
    process.stdout.write(
      `${imported.id}: ${imported.parameters} parameters, revision ${imported.revision.slice(0, 12)}, can do: ${tasks}\n` +
        `${imported.folder}\n`,
    );
  } catch (error) {
    if (error instanceof ImportError) throw new UsageError(`${error.code}: ${error.message}`);
    throw error;
  }
}
