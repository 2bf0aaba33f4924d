import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../../src/commands/index.ts';
import { withoutFolders } from '../../src/commands/train/train.ts';
import { UsageError } from '../../src/errors.ts';

it('a card’s command leaves out where this machine keeps its files', () => {
  expect(
    withoutFolders(['vqa', '--data-dir', '/a', '--seed', '1', '--checkpoints-dir=/b', '--threads', '2']),
  ).toEqual(['vqa', '--seed', '1', '--threads', '2']);
});

it('says by its flags what to do about a component that is not there', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'train-'));
  try {
    await expect(
      runCommand('train', ['visual-vocabulary', '--grid-encoder', 'nowhere', '--data-dir', dataDir]),
    ).rejects.toThrow(
      new UsageError(
        'visual-vocabulary: grid_encoder "nowhere" is not there. ' +
          'Give a checkpoint, or the name of a finished run, with --grid-encoder.',
      ),
    );
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

it('names a word that no option takes', async () => {
  await expect(runCommand('train', ['vqa', '--steps', '3', '4'])).rejects.toThrow(
    /^"4" belongs to no option\.\n\ntrain vqa/,
  );
  await expect(runCommand('serve', ['now'])).rejects.toThrow(/^"now" belongs to no option\.\n\nserve/);
});
