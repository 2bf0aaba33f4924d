import { defineCommand } from '../define-command.ts';
import { switchFlag } from '../flag.ts';

export const openapi = defineCommand({
  name: 'openapi',
  usage: { openapi: 'write openapi/openapi.json from the routes' },
  flags: { check: switchFlag('write nothing; fail when it differs from the routes') },
});
