/**
 * An inference host that agrees with those of the other servers on the database about which models there are, and
 * which of them are to be in memory.
 *
 * Whoever changes something here (a promotion, a deletion, a load, an unload) does it first, then writes down what is
 * wanted and gives a notice. Whoever hears it looks at the folders and at the table. Nothing is in the notice itself, so
 * that it does not matter which of them come, or how often; one that was missed is made up for when the
 * connection is back, and by whoever looks before saying that there is no such model.
 */
import type { Database } from '../database/connect.ts';
import { listen } from '../database/notices.ts';
import { isStorageFull } from '../database/storage.ts';
import { CodedError } from '../errors.ts';
import type { InferenceHost } from '../inference/host.ts';
import type { SyncedFolders } from '../store/synced-folders.ts';

const CHANNEL = 'xlxmert_models';

export interface SharedHost extends InferenceHost {
  /** Says and hears nothing more; the host itself stays open. */
  leave(): Promise<void>;
}

export interface SharedHostOptions {
  database: Database;
  connection: Parameters<typeof listen>[0];
  /** By which it knows its own notices. */
  serverId: string;
  /** The host has no models in it: those who have follow what is wanted. */
  remote?: boolean;
  /** Where servers have disks of their own: the checkpoints that may be changed. */
  checkpoints?: SyncedFolders | undefined;
  log: (level: 'info' | 'warn', message: string) => void;
}

export async function shareHost(host: InferenceHost, options: SharedHostOptions): Promise<SharedHost> {
  const { database, connection, serverId, remote = false, checkpoints, log } = options;
  const warn = (error: unknown) => log('warn', `models: ${error instanceof Error ? error.message : error}`);
  /** Model → which wish was followed here. */
  const followed = new Map<string, string>();
  const following = new Set<Promise<unknown>>();

  async function give(statement?: { sql: string; values: unknown[] }): Promise<void> {
    await database.retry(async () => {
      if (statement !== undefined) {
        const { rows } = await database.pool.query<{ id: string; at: string }>(
          statement.sql,
          statement.values,
        );
        for (const { id, at } of rows) followed.set(id, at);
      }
      await database.pool.query('SELECT pg_notify($1, $2)', [CHANNEL, serverId]);
    });
  }

  /** What was done here is done; that it is not known elsewhere is no reason to say that it failed. */
  const tell = (statement?: Parameters<typeof give>[0]) =>
    give(statement).catch((error) => {
      if (!(error instanceof CodedError)) throw error;
      warn(`the other servers were not told (${error.message})`);
    });

  const want = (id: string, loaded: boolean) =>
    tell({
      sql: `INSERT INTO wanted_models (id, loaded, changed_at) VALUES ($1, $2, clock_timestamp())
            ON CONFLICT (id) DO UPDATE SET loaded = excluded.loaded, changed_at = excluded.changed_at
            RETURNING id, changed_at::text AS at`,
      values: [id, loaded],
    });

  /** What is here is hosted, though the store may be away. */
  const bring = async () => {
    await checkpoints?.bring().catch(warn);
  };

  async function follow(): Promise<void> {
    const { rows } = await database.retry(() =>
      database.pool.query<{ id: string; loaded: boolean; at: string }>(
        'SELECT id, loaded, changed_at::text AS at FROM wanted_models ORDER BY changed_at',
      ),
    );
    const hosted = new Map(host.models().map((model) => [model.id, model.state]));
    for (const { id, loaded, at } of rows) {
      if (followed.get(id) === at) continue;
      followed.set(id, at);
      const state = hosted.get(id);
      if (state === undefined || loaded === (state === 'ready' || state === 'loading')) continue;
      // Loading takes its time; the next notice does not wait for it.
      const doing: Promise<unknown> = (loaded ? host.load(id) : host.unload(id))
        .catch(warn)
        .finally(() => following.delete(doing));
      following.add(doing);
    }
  }

  const stop = await listen(
    connection,
    CHANNEL,
    async (payload) => {
      if (payload === serverId) return;
      await (payload === undefined ? checkpoints?.sync().catch(warn) : bring());
      await host.refresh();
      if (!remote) await follow();
    },
    warn,
  );

  return {
    paint: (request, how) => host.paint(request, how),
    caption: (request, how) => host.caption(request, how),
    vqa: (request, how) => host.vqa(request, how),
    nlvr2: (request, how) => host.nlvr2(request, how),
    reconstruct: (request, how) => host.reconstruct(request, how),
    defaultModel: (task) => host.defaultModel(task),
    modelFor: (task, pictures) => host.modelFor(task, pictures),
    models: () => host.models(),
    async rescan() {
      await bring();
      await host.rescan();
    },
    async refresh() {
      await bring();
      await host.refresh();
    },
    ready: () => host.ready(),
    alive: () => host.alive(),
    stats: () => host.stats(),
    close: (graceMs) => host.close(graceMs),
    async announce(wanted) {
      // Whoever is told looks there.
      await checkpoints?.sync().catch((cause) => {
        if (cause instanceof CodedError || isStorageFull(cause)) throw cause;
        throw new CodedError('store_unavailable', undefined, { cause });
      });
      await (wanted === undefined ? tell() : want(wanted, true));
    },
    async load(id) {
      await bring();
      const status = await host.load(id);
      await checkpoints?.sync().catch(warn);
      await want(id, true);
      return status;
    },
    async unload(id) {
      const status = await host.unload(id);
      await want(id, false);
      return status;
    },
    async remove(id, check) {
      const deletion = () => host.remove(id, check);
      await (checkpoints === undefined ? deletion() : checkpoints.deleting(deletion));
      await tell({ sql: 'DELETE FROM wanted_models WHERE id = $1', values: [id] });
    },
    async leave() {
      await stop();
      await Promise.all(following);
    },
  };
}
