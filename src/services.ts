/** What the application is composed of; tests give their own. */
import type { Records } from './database/open.ts';
import type { InferenceHost } from './inference/host.ts';
import type { SharedFiles } from './jobs/shared-files.ts';
import type { TrainJobs } from './jobs/train-jobs.ts';
import type { TrainingKind } from './training/run/training-kind.ts';

/** What the server needs for training jobs; workers run them. */
export interface Training {
  readonly jobs: TrainJobs;
  readonly kinds: readonly TrainingKind[];
  readonly dataDir: string;
  readonly checkpointsDir: string;
  /** Left out: DATA_DIR is all there is, and every server and worker sees it. */
  readonly shared?: SharedFiles | undefined;
}

import type { RemoteImages } from './remote-images.ts';

export interface Services {
  readonly records: Pick<Records, 'database' | 'runs' | 'idempotencyKeys' | 'apiKeys'>;
  readonly host: InferenceHost;
  /** Left out: a server that takes no training jobs. */
  readonly training?: Training;
  /** Left out: nobody needs a key. */
  readonly access?: {
    readonly keysNeeded: boolean;
    /** Requests a minute, of one key. */
    readonly rateLimit: number;
    /** Names that the server is reached by without keys, beside those of loopback. Lower case. */
    readonly allowedHosts?: readonly string[];
    /** Origins whose pages may use the server, `*` for all. Lower case. */
    readonly corsOrigins?: readonly string[];
    /** Whose `X-Forwarded-…` headers count: addresses and networks, a number of proxies, or `true`. */
    readonly trustProxy?: string | number | true;
  };
  /** Bodies of requests; left out: as incoming-bodies.ts has it. */
  readonly bodies?: {
    /** Milliseconds that the sender of a body may be silent. */
    readonly silenceMs?: number;
    /** Bytes of bodies that may be in memory at a time, whatever stage they are in. */
    readonly mostHeld?: number;
  };
  /** Requests a minute that get a line in the log; left out: all. */
  readonly logRequests?: number;
  /** Left out: no image is fetched by its address. */
  readonly remoteImages?: RemoteImages;
  /** Hosts that webhooks may go to whatever their addresses and ports are; left out: none. Lower case. */
  readonly webhookHosts?: readonly string[];
}
