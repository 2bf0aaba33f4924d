/** How often an API key asked in its current window, on all servers together. */
import type { Database } from './connect.ts';

export interface RateCount {
  /** With this one. */
  count: number;
  /** Milliseconds until counting begins anew. */
  left: number;
}

/** One statement, so that requests at the same time are each counted once. By the database's clock. */
export async function countRequest(
  { pool, retry }: Database,
  key: string,
  windowMs: number,
): Promise<RateCount> {
  const { rows } = await retry(() =>
    pool.query<RateCount>(
      `INSERT INTO rate_counts AS counts (key_id, until, count)
       VALUES ($1, now() + $2 * interval '1 millisecond', 1)
       ON CONFLICT (key_id) DO UPDATE SET
         count = CASE WHEN counts.until <= now() THEN 1 ELSE counts.count + 1 END,
         until = CASE WHEN counts.until <= now() THEN excluded.until ELSE counts.until END
       RETURNING count, extract(epoch FROM until - now())::float8 * 1000 AS left`,
      [key, windowMs],
    ),
  );
  return rows[0]!;
}
