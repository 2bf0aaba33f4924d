/** What a report of an evaluation says of where it comes from. */
import type { Engine } from '../engines/engine.ts';
import type { MadeBy } from '../evaluation/made-by.ts';
import type { ZooEntry } from '../zoo/discovery.ts';
import { currentCommit } from './current-commit.ts';

/**
 * @param line the command
 * @param started when, by `performance.now()`
 * @param entries role → checkpoint
 */
export async function provenanceOf(
  line: string,
  engine: Engine,
  started: number,
  entries: Readonly<Record<string, Pick<ZooEntry, 'id' | 'revision'>>>,
): Promise<MadeBy> {
  const revisions = Object.entries(entries).map(([role, { id, revision }]) => [role, { id, revision }]);
  return {
    command: line,
    commit: await currentCommit(),
    engine: engine.name,
    checkpoints: Object.fromEntries(revisions),
    seconds: (performance.now() - started) / 1000,
  };
}
