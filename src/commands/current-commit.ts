import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The commit of this code, for the record; a copy without git has none. */
export async function currentCommit(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname });
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}
