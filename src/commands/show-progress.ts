/** How far a count is: on a line of its own that is written over, or, where no terminal is, once at its end. */
export function showProgress(what: string, done: number, total: number, unit = ''): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001b[K${done < total ? `${what} ${done}/${total}` : ''}`);
  else if (done === total) process.stderr.write(`${what}: ${total}${unit && ` ${unit}`}\n`);
}
