/** Tells "Postgres is away" from every other failure, whichever layer (socket, pg, adapter, Prisma) reports it. */

/** SQLSTATE class 08 and the shutdown codes; errno of sockets; Prisma's own. */
const CODES =
  /^(08...|57P0[1-5]|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|P1001|P1002|P1008|P1017|P2024)$/;
const KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout']);
/** pg has no codes for these. */
const MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout (exceeded|expired) when|Query read timeout|timeout expired)/;

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

export function isConnectionLoss(error: unknown): boolean {
  const { code, kind, originalCode, message, cause, meta } = record(error);
  if (CODES.test(String(code)) || CODES.test(String(originalCode)) || KINDS.has(String(kind))) return true;
  if (error instanceof Error && MESSAGES.test(String(message))) return true;
  // A transaction whose connection broke is reported as one that is not there any more.
  if (code === 'P2028') return true;
  const inner = record(meta).driverAdapterError;
  return (cause !== undefined && isConnectionLoss(cause)) || (inner !== undefined && isConnectionLoss(inner));
}
