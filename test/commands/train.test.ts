import { expect, it } from 'vitest';
import { withoutFolders } from '../../src/commands/train/train.ts';

it('a card’s command leaves out where this machine keeps its files', () => {
  expect(
    withoutFolders(['vqa', '--data-dir', '/a', '--seed', '1', '--checkpoints-dir=/b', '--threads', '2']),
  ).toEqual(['vqa', '--seed', '1', '--threads', '2']);
});
