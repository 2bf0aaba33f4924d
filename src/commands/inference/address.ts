import { isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** Where others reach who listens on an address, as `host:port`. */
export function reachableAt(host: string, port: number): string {
  const own = ['0.0.0.0', '::', '[::]'].includes(host) ? (firstAddress() ?? hostname()) : host;
  return `${isIPv6(own) ? `[${own}]` : own}:${port}`;
}

/** IPv4 first: a pod of one family has that alone, and one of both has both. */
function firstAddress(): string | undefined {
  const outward = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return (outward.find(({ family }) => family === 'IPv4') ?? outward[0])?.address;
}
