/** The same networks in PyTorch: torch_reference.py, in the Python of the machine. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Part } from '../part.ts';

const PYTHON = process.env.PYTHON || 'python3';
const SCRIPT = fileURLToPath(new URL('../torch_reference.py', import.meta.url));
const MODES = ['eager', 'bf16', 'compiled', 'compiled bf16'];

type Line = { note: string } | { row: string; mode: string; batch: number; ms: number };

const part: Part = async (finding, { choice, small, seconds }) => {
  const device = choice.device === 'cuda' ? 'cuda' : 'cpu';
  const args = [
    SCRIPT,
    '--device',
    device,
    '--seconds',
    String(Math.floor(seconds - 5)),
    ...(small ? ['--small'] : []),
  ];
  const why = missing();
  if (why) return finding.note(`Left out: ${why}; PYTHON names another Python.`);
  const child = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  const ended = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const tables = new Map<string, ReturnType<typeof finding.table>>();
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    if ('note' in line) finding.note(line.note);
    else {
      const { row, mode, batch, ms } = line;
      const title = `batch ${batch}, milliseconds a row`;
      const add = tables.get(title) ?? finding.table(title, MODES);
      tables.set(title, add);
      add(row, { [mode]: ms / batch });
    }
  }
  const how = await ended;
  const last = said.trim().split('\n').at(-1);
  const ok = how === 'code 0';
  finding.check('PyTorch ran to its end', ok, ok ? 'yes' : `${how}: ${last}`);
};

/** What is not there to compare with, which is no fault of what is checked. */
function missing(): string | undefined {
  const { error, status, stderr } = spawnSync(PYTHON, ['-c', 'import torch'], { encoding: 'utf8' });
  if (error) return `there is no Python (${PYTHON})`;
  return status === 0 ? undefined : `${PYTHON} has no PyTorch (${stderr.trim().split('\n').at(-1)})`;
}

export default part;
