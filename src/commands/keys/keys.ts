/** `npm run keys`: makes, lists and revokes API keys. */
import { type ApiKeys, type Quota, SCOPES, type Scope } from '../../database/api-keys.ts';
import { openRecords } from '../../database/open.ts';
import { UsageError } from '../../errors.ts';
import type { GivenTo } from '../define-command.ts';
import type { keys as description } from './command.ts';

type Given = GivenTo<typeof description>;

export async function keys(given: Given): Promise<void> {
  const action = chooseAction(given);
  const records = await openRecords(given.config(), () => {});
  try {
    process.stdout.write(await action(records.apiKeys));
  } finally {
    await records.close();
  }
}

/** What to do, checked before a database is opened. @throws UsageError */
function chooseAction({
  words: [action, id, ...rest],
  flags: { scope, name, ...quotas },
  help,
}: Given): (keys: ApiKeys) => Promise<string> {
  if (rest.length > 0) throw new UsageError(help);
  switch (action) {
    case 'create': {
      if (id !== undefined) throw new UsageError(help);
      const scopes = readScopes(scope);
      const quota = quotasOf(quotas);
      return async (keys) => {
        const made = await keys.create(name ?? '', scopes, quota);
        return `${made.key}\n\n${made.id} (${scopes.join(', ')}). Keep the key: it is not shown again.\n`;
      };
    }
    case 'change': {
      if (id === undefined) throw new UsageError(help);
      const change = {
        ...(name !== undefined && { name }),
        ...(scope !== undefined && { scopes: readScopes(scope) }),
        ...quotasOf(quotas),
      };
      if (Object.keys(change).length === 0)
        throw new UsageError(`Say what is to change: --scope, --name, or a quota.\n\n${help}`);
      return async (keys) => {
        if (await keys.change(id, change)) return `changed: ${id}\n`;
        throw notThere(id);
      };
    }
    case 'list':
      if (id !== undefined) throw new UsageError(help);
      return async (keys) => {
        const rows = await keys.list();
        if (rows.length === 0)
          return 'There are no keys. Make one with: npm run keys -- create --scope infer,train\n';
        return rows
          .map((row) => {
            const made = row.createdAt.toISOString().slice(0, 16).replace('T', ' ');
            const state = row.revokedAt === null ? 'valid' : 'revoked';
            return `${row.id}  ${made}  ${state.padEnd(8)}${row.scopes.join(',').padEnd(18)}${quotaText(row)}${row.name}\n`;
          })
          .join('');
      };
    case 'revoke':
      if (id === undefined) throw new UsageError(help);
      return async (keys) => {
        if (await keys.revoke(id)) return `revoked: ${id}\n`;
        throw notThere(id);
      };
    default:
      throw new UsageError(help);
  }
}

/** Those that were given. */
function quotasOf(
  given: {
    [flag in 'rate' | 'images-per-day' | 'waiting-jobs']: number | 'none' | undefined;
  },
): Partial<Quota> {
  const columns = {
    requestsPerMinute: given.rate,
    imagesPerDay: given['images-per-day'],
    waitingJobs: given['waiting-jobs'],
  };
  return Object.fromEntries(
    Object.entries(columns)
      .filter(([, value]) => value !== undefined)
      .map(([column, value]) => [column, value === 'none' ? null : value]),
  );
}

const notThere = (id: string) =>
  new UsageError(`There is no valid key "${id}". npm run keys -- list shows them.`);

function quotaText({ requestsPerMinute, imagesPerDay, waitingJobs }: Quota): string {
  const said = [
    requestsPerMinute === null ? [] : `${requestsPerMinute} requests a minute`,
    imagesPerDay === null ? [] : `${imagesPerDay} images a day`,
    waitingJobs === null ? [] : `${waitingJobs} waiting jobs`,
  ].flat();
  return said.length === 0 ? '' : `(${said.join(', ')}) `;
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
