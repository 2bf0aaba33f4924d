/** Other programs, whose output goes to the terminal as it comes. */
import { spawn } from 'node:child_process';

/** The program is not there, or failed; what it said is on the terminal above. */
export class ToolError extends Error {}

/** @returns stdout when `capture`, else nothing: both outputs go to stderr */
export function runTool(
  command: string,
  args: readonly string[],
  { cwd, capture = false }: { cwd?: string; capture?: boolean } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', capture ? 'pipe' : 2, 2],
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', (error) => reject(new ToolError(`${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new ToolError(`${command} ${args[0] ?? ''} ended with ${signal ?? `code ${code}`}`));
    });
  });
}

/** Whether the program runs and answers this with success; what it says is dropped. */
export function answers(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}
