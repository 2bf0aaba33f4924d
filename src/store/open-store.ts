/** STORE_URL → a store. */
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import { openFolderStore } from './folder-store.ts';
import type { ObjectStore } from './object-store.ts';

const STORE_FORM = 's3://bucket/prefix, or file:///folder for one that all machines see';

/** @returns what is wrong with it, or undefined */
export function storeUrlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return STORE_FORM;
  const { protocol, hostname, search, hash, username } = new URL(text);
  if (protocol === 'file:' && hostname === '') return undefined;
  if (
    protocol === 's3:' &&
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(hostname) &&
    !search &&
    !hash &&
    !username
  )
    return undefined;
  return STORE_FORM;
}

/**
 * The SDK of S3 is loaded by those alone who use it.
 * @param notes a folder of this disk, for uploads that are gone on with after this process; for who stores nothing none
 * @throws UsageError when it cannot be reached
 */
export async function openStore(text: string, notes?: string): Promise<ObjectStore> {
  const url = new URL(text);
  const store =
    url.protocol === 'file:'
      ? openFolderStore(fileURLToPath(url))
      : (await import('./s3-store.ts')).openS3Store(
          {
            bucket: url.hostname,
            prefix: decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, ''),
          },
          { notes },
        );
  await store.check().catch((cause: Error) => {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`STORE_URL is "${text}", which cannot be used (${cause.message}).`, { cause });
  });
  return store;
}
