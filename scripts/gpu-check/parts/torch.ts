/** The same networks in PyTorch: torch_reference.py, in the Python of the machine. */
import { spawn } from 'node:child_process';
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
  const child = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', () => reject(new Error(`there is no Python (${PYTHON}); PYTHON names another one`)));
    child.on('close', resolve);
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
  const code = await ended;
  finding.check('PyTorch ran to its end', code === 0, code === 0 ? 'yes' : `code ${code}`);
};

export default part;
