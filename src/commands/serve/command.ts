import { configHelp } from '../../config.ts';
import { defineCommand } from '../define-command.ts';

export const serve = defineCommand({
  name: 'serve',
  usage: { 'serve [options]': 'start the REST server' },
  about: `Options, each with its environment variable and default:\n\n${configHelp}`,
  flags: {},
});
