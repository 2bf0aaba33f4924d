/** Packages beside those of this project. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool, ToolError } from './run-tool.ts';

/** Into a folder of their own. @throws ToolError */
export async function npmInstall(
  folder: string,
  packages: readonly string[],
  { scripts = false }: { scripts?: boolean } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Its own package: npm would otherwise look for one further up, and find ours.
  const manifest = { name: 'xlxmert-zoo-packages', version: '0.0.0', private: true };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const options = ['--no-audit', '--no-fund', '--save-exact', `--ignore-scripts=${!scripts}`];
  await runTool('npm', ['install', ...options, ...packages], { cwd: folder });
}

export const unreachable = (name: string, cause: Error): ToolError =>
  new ToolError(
    `npm could not get ${name} (see above). This machine needs the npm registry, or a proxy or mirror of it (npm config set proxy …, npm config set registry …).`,
    { cause },
  );
