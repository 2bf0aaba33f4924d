/** What the application is composed of; tests give their own. */
import type { Records } from './database/open.ts';
import type { InferenceHost } from './inference/host.ts';
import type { RemoteImages } from './remote-images.ts';

export interface Services {
  readonly records: Pick<Records, 'database' | 'runs' | 'idempotencyKeys'>;
  readonly host: InferenceHost;
  /** Left out: no image is fetched by its address. */
  readonly remoteImages?: RemoteImages;
}
