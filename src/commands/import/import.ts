/** `import --from FILE --as MODEL_ID`: a published model becomes a checkpoint of the zoo. */
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { ImportError } from '../../zoo/import/error.ts';
import { importCheckpoint } from '../../zoo/import/import-checkpoint.ts';
import { currentCommit } from '../current-commit.ts';
import type { GivenTo } from '../define-command.ts';
import type { importModel as description } from './command.ts';

export async function importModel({
  flags,
  line,
  config: settings,
}: GivenTo<typeof description>): Promise<void> {
  const { pictures, from, as, config, centroids, generator, vocab, answers } = flags;
  const { checkpointsDir, dataDir } = settings();
  const command = { command: line, commit: await currentCommit() };
  const optional = { config, centroids, generator, vocab, answers, gridEncoder: flags['grid-encoder'] };
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
