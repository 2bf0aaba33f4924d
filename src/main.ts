/** The command line: `node bin/xlxmert-zoo.mjs <command> …`. */
import { COMMANDS, runCommand } from './commands/index.ts';
import { isStorageFull } from './database/storage.ts';
import { isMistake, UsageError } from './errors.ts';

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`);
  return `xlxmert-zoo <command> [options]\n\n${lines.join('\n')}\n\n<command> --help says what it takes.\n`;
}

async function main(argv: string[]): Promise<void> {
  const [name, ...args] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(help());
    return;
  }
  if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`There is no command "${name}".\n\n${help()}`);
  await runCommand(name, args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (isMistake(error)) {
    process.stderr.write(`${error.message.trimEnd()}\n`);
    process.exitCode = 2;
  } else if (isStorageFull(error)) {
    process.stderr.write(`The disk is full (${(error as Error).message}). Free some space and try again.\n`);
    process.exitCode = 1;
  } else {
    console.error(error);
    process.exitCode = 1;
  }
}
