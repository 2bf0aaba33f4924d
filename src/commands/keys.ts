/** `npm run keys`: makes, lists and revokes API keys. */
import { parseArgs } from 'node:util';
import { configFlags, readConfig } from '../config.ts';
import { type ApiKeys, SCOPES, type Scope } from '../database/api-keys.ts';
import { openRecords } from '../database/open.ts';
import { UsageError } from '../errors.ts';

const HELP = `keys create --scope <scope,…> [--name <text>]   make a key and print it, this once
keys list                                       the keys, without their secrets
keys revoke <id>                                a key that is not to be used any more

Scopes: infer (paint, caption, answer; its own runs), train (jobs of its own), admin (everything,
of everybody). Send a key as "authorization: Bearer <key>".

  --data-dir, --database-url
`;

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...configFlags,
      scope: { type: 'string' },
      name: { type: 'string', default: '' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const action = chooseAction(positionals, values as { scope?: string; name: string });
  const records = await openRecords(readConfig(process.env, values), () => {});
  try {
    process.stdout.write(await action(records.apiKeys));
  } finally {
    await records.close();
  }
}

/** What to do, checked before a database is opened. @throws UsageError */
function chooseAction(
  [action, id, ...rest]: string[],
  { scope, name }: { scope?: string; name: string },
): (keys: ApiKeys) => Promise<string> {
  if (rest.length > 0) throw new UsageError(HELP);
  switch (action) {
    case 'create': {
      if (id !== undefined) throw new UsageError(HELP);
      const scopes = readScopes(scope);
      return async (keys) => {
        const made = await keys.create(name, scopes);
        return `${made.key}\n\n${made.id} (${scopes.join(', ')}). Keep the key: it is not shown again.\n`;
      };
    }
    case 'list':
      if (id !== undefined) throw new UsageError(HELP);
      return async (keys) => {
        const rows = await keys.list();
        if (rows.length === 0)
          return 'There are no keys. Make one with: npm run keys -- create --scope infer,train\n';
        return rows
          .map((row) => {
            const made = row.createdAt.toISOString().slice(0, 16).replace('T', ' ');
            const state = row.revokedAt === null ? 'valid' : 'revoked';
            return `${row.id}  ${made}  ${state.padEnd(8)}${row.scopes.join(',').padEnd(18)}${row.name}\n`;
          })
          .join('');
      };
    case 'revoke':
      if (id === undefined) throw new UsageError(HELP);
      return async (keys) => {
        if (await keys.revoke(id)) return `revoked: ${id}\n`;
        throw new UsageError(`There is no valid key "${id}". npm run keys -- list shows them.`);
      };
    default:
      throw new UsageError(HELP);
  }
}

function readScopes(text: string | undefined): Scope[] {
  const named = (text ?? '').split(',').map((scope) => scope.trim());
  return named.map((name) => {
    const scope = SCOPES.find((one) => one === name);
    if (scope === undefined)
      throw new UsageError(`--scope takes some of ${SCOPES.join(', ')}, not "${name}".`);
    return scope;
  });
}
