/** Lines of JSON for machines; for a person at a terminal, lines to read. */
import pino, { type Logger } from 'pino';
import type { Config } from './config.ts';

export function createLogger(level: Config['logLevel']): Logger {
  if (!process.stdout.isTTY) return pino({ level });
  return pino({ level }, { write: (line: string) => process.stdout.write(readable(line)) });
}

function readable(line: string): string {
  const { level, time, msg, pid, hostname, reqId, err, ...rest } = JSON.parse(line);
  const clock = new Date(time).toTimeString().slice(0, 8);
  const details = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  const stack = err?.stack === undefined ? '' : `\n${err.stack}`;
  return `${[clock, pino.levels.labels[level], msg, ...details].join(' ')}${stack}\n`;
}
