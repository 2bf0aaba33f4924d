/** Opens an engine in a process of its own, before a server depends on it: a native library may end its process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type EngineChoice, EngineUnavailableError } from './choose.ts';
import { loaderFlags } from './loader-flags.ts';

/** @throws EngineUnavailableError that says why, and what to do */
export async function probeEngine(choice: EngineChoice): Promise<void> {
  const probe = fileURLToPath(new URL('./probe.ts', import.meta.url));
  const child = fork(probe, [JSON.stringify(choice)], { execArgv: loaderFlags(probe) });
  let reason: string | undefined;
  child.on('message', (message) => {
    reason = String(message);
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  const { engine, device } = choice;
  throw new EngineUnavailableError(
    reason ??
      `${engine} on ${device} ended with ${signal ?? `code ${code}`} when it was tried. Set DEVICE=cpu.`,
  );
}
