/** What is wrong with a DATABASE_URL, in sentences. Passwords are not repeated. */
import type pg from 'pg';
import { UsageError } from '../errors.ts';

const OLDEST = 13;

/** @throws UsageError for what can be seen without asking anybody */
export function checkDatabaseUrl(address: string): void {
  const { searchParams, username, password, pathname } = new URL(address);
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
  } catch (cause) {
    throw new UsageError('DATABASE_URL has a percent sign that stands for itself: write it as %25.', {
      cause,
    });
  }
  if (!searchParams.has('schema')) return;
  throw new UsageError(
    'DATABASE_URL has "?schema=…", which is not supported: the tables are in the schema "public", and the queue\'s in ' +
      '"pgboss". Leave it out, and give the server a database of its own instead.',
  );
}

/** @throws UsageError when the database cannot hold what we write */
export async function checkServer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{
    encoding: string;
    version: number;
    readonly: boolean;
    name: string;
  }>(`
    SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num')::int / 10000 AS version,
      pg_is_in_recovery() AS readonly, current_database() AS name`);
  const { encoding, version, readonly, name } = rows[0]!;
  const refuse = (why: string) => {
    throw new UsageError(`DATABASE_URL: ${why}`);
  };
  if (version < OLDEST) refuse(`the server is Postgres ${version}; ${OLDEST} or newer is needed.`);
  if (readonly) refuse('the server is a standby, which can only be read. Give the address of the primary.');
  if (encoding !== 'UTF8') {
    refuse(
      `the database "${name}" is encoded in ${encoding}, which has no room for most texts. Make one in UTF8: ` +
        `CREATE DATABASE ${name}_utf8 TEMPLATE template0 ENCODING 'UTF8'.`,
    );
  }
}

/** What failed on the way to a database that works → a sentence, where the address or the rights are to blame. */
export function databaseFault(error: unknown, address: string): unknown {
  if (error instanceof UsageError || !(error instanceof Error)) return error;
  const why = reason(error, new URL(address));
  return why === undefined ? error : new UsageError(`DATABASE_URL: ${why}`, { cause: error });
}

function reason(error: Error, { host, hostname, username, password, pathname }: URL): string | undefined {
  const code = codeOf(error);
  const { message } = error;
  const user = decodeURIComponent(username) || 'the default user';
  const database = decodeURIComponent(pathname.slice(1)) || user;
  const server = host || 'the local socket';
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `there is no host "${hostname}".`;
    case 'ECONNREFUSED':
    case 'ENOENT':
      return `no Postgres listens on ${server}. Start it, or mend host and port.`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${server} cannot be reached (${code}).`;
    case '28P01':
      return `the server does not accept the password of "${user}".`;
    case '28000':
      return `the server does not let "${user}" in (${message}).`;
    case '3D000':
      return `there is no database "${database}". Make it: CREATE DATABASE ${database}.`;
    case '42501':
      return (
        `"${user}" may not make tables in the database "${database}" (${message}). As its owner: GRANT CREATE ON ` +
        `DATABASE ${database} TO ${user}; GRANT USAGE, CREATE ON SCHEMA public TO ${user}.`
      );
    case '25006':
      return 'the server can only be read. Give the address of the primary.';
    case '53300':
      return 'the server takes no more connections. Raise max_connections, or end some.';
    case '53100':
      return 'the disk of the server is full.';
  }
  if (/client password must be a string/.test(message) || (/SASL/.test(message) && password === '')) {
    return `the server wants a password for "${user}", and the address has none.`;
  }
  if (/does not support SSL/.test(message)) {
    return 'the server does not speak TLS. Leave sslmode out, or set sslmode=disable.';
  }
  if (/self.signed|certificate/i.test(`${code} ${message}`)) {
    return `the certificate of ${server} is not trusted (${message}). Name its authority with sslrootcert=<file>.`;
  }
  if (/^(timeout expired|Connection terminated|Query read timeout)/.test(message)) {
    return `${server} does not answer as a Postgres does (${message}).`;
  }
  return undefined;
}

/** The code of the innermost error that has one; several addresses of a host fail together. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown[] };
  return codeOf(cause) ?? codeOf(errors?.[0]) ?? (typeof code === 'string' ? code : undefined);
}
