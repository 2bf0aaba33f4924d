/**
 * The command line: `tsx src/main.ts <command> …`. A command is a module in src/commands that exports
 * `run(args: string[]): Promise<void>`; it is loaded only when it is called, so that one command's
 * dependencies never slow down another's start.
 */

import { isStorageFull } from './database/storage.ts';
import { EngineUnavailableError } from './engines/choose.ts';
import { UsageError } from './errors.ts';

interface Command {
  run(args: string[]): Promise<void>;
}

/** Name, which is also the module's, and what it does. */
const COMMANDS = new Map([
  ['serve', 'start the REST server'],
  ['paint', 'paint images from captions'],
  ['ask', 'caption a picture, or answer a question about it'],
  ['train', 'train a model of the zoo'],
  ['worker', 'take training jobs from the queue of a server'],
  ['keys', 'make, list and revoke API keys'],
  ['import', 'make a published model a checkpoint of the zoo'],
  ['extract', 'compute the features of a folder of pictures'],
  ['convert', 'bring COCO, VQA, GQA, NLVR2 and Visual Genome into the layout that is read'],
  ['questions', 'make questions with answers out of a data set’s captions'],
  ['evaluate', 'measure how well a model does'],
  ['predict', 'answer the questions of a test server'],
  ['bench', 'measure how fast a model runs'],
  ['setup', 'install an optional engine (TensorFlow, CUDA)'],
  ['openapi', 'write openapi/openapi.json from the routes'],
]);

function help(): string {
  const lines = [...COMMANDS].map(([name, summary]) => `  ${name.padEnd(12)}${summary}`);
  return `xlxmert-zoo <command> [options]\n\n${lines.join('\n')}\n\n<command> --help says what it takes.\n`;
}

/** parseArgs' complaints about unknown or incomplete flags are the user's to read, not a crash. */
const isArgumentError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');

async function main(argv: string[]): Promise<void> {
  const [name, ...args] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(help());
    return;
  }
  if (!COMMANDS.has(name)) throw new UsageError(`There is no command "${name}".\n\n${help()}`);
  const { run } = (await import(`./commands/${name}.ts`)) as Command;
  await run(args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError || error instanceof EngineUnavailableError || isArgumentError(error)) {
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
