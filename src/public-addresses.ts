/** Where a server that is told names by strangers may connect to: what images and webhooks have in common. */
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface Address {
  address: string;
  family: number;
}

export const allAddresses = (name: string): Promise<Address[]> => lookup(name, { all: true });

/** Neither private, loopback, link-local, multicast nor any other range with a purpose; also inside IPv6 forms. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** For a request: the connection goes to an address that was checked, not to a second answer of the name server. */
export function pinnedTo(addresses: readonly Address[]): LookupFunction {
  return (_name, { all }, done) => {
    if (all) done(null, [...addresses]);
    else done(null, addresses[0]!.address, addresses[0]!.family);
  };
}
