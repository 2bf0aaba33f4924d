import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';

/** Why an address cannot be listened on, in words where the user can mend it. */
export function listenFault(error: unknown, { host, port }: Config): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new UsageError(
        `Port ${port} on ${host} is taken. Stop who uses it, or set PORT (0 picks a free one).`,
      );
    case 'EACCES':
      return new UsageError(`Port ${port} needs more rights than you have. Set PORT to one above 1023.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`HOST is "${host}", which is not an address of this machine.`);
    default:
      return error;
  }
}
