/** Tells "Postgres is away" from every other failure, whichever layer (socket, pg, adapter, Prisma) reports it. */

/** SQLSTATE class 08, the shutdown codes, and what ends those who are silent in a transaction; Prisma's own. A transaction that lost its connection is P2028. */
const CODES = /^(08...|57P0[1-5]|25P03|P1001|P1002|P1008|P1017|P2024|P2028)$/;
/** Codes of sockets: anybody's, a client's that hung up too. */
const SOCKET_CODES = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOENT)$/;
const KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout']);
/** pg has no codes for these. */
const MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout (exceeded|expired) when|Query read timeout|timeout expired)/;
/** Prisma hands on the code of a socket's error in one of its own. */
const PRISMA = /^(PrismaClient|DriverAdapterError)/;

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** @param ofDatabase nothing else was asked than Postgres, so that any broken socket is its */
export function isConnectionLoss(error: unknown, ofDatabase = false): boolean {
  const { code, kind, originalCode, message, cause, meta, name, syscall } = record(error);
  if (CODES.test(String(code)) || CODES.test(String(originalCode)) || KINDS.has(String(kind))) return true;
  // A socket's file that is not there is a "connect"; what else is not there is a file.
  const sockets = PRISMA.test(String(name)) || syscall === 'connect' || (ofDatabase && code !== 'ENOENT');
  if (sockets && SOCKET_CODES.test(String(code))) return true;
  if (error instanceof Error && MESSAGES.test(String(message))) return true;
  const inner = record(meta).driverAdapterError;
  return [cause, inner].some((one) => one !== undefined && isConnectionLoss(one, ofDatabase));
}
