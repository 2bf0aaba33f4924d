/** What an API key did in its current window, on all servers together: how often it asked, how many pictures it had painted. */
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

/**
 * Takes some of what there is for the window, or nothing where that is not enough: who was refused may ask for less.
 * @returns milliseconds until counting begins anew, where it is not enough
 */
export async function spend(
  { pool, retry }: Database,
  account: string,
  { amount, most, windowMs }: { amount: number; most: number; windowMs: number },
): Promise<number | undefined> {
  const { rows } = await retry(() =>
    pool.query<{ taken: boolean; left: number }>(
      `WITH taken AS (
         INSERT INTO rate_counts AS counts (key_id, until, count)
         SELECT $1::text, now() + $3::float8 * interval '1 millisecond', $2::int WHERE $2::int <= $4::int
         ON CONFLICT (key_id) DO UPDATE SET
           count = CASE WHEN counts.until <= now() THEN $2::int ELSE counts.count + $2::int END,
           until = CASE WHEN counts.until <= now() THEN excluded.until ELSE counts.until END
         WHERE counts.until <= now() OR counts.count + $2::int <= $4::int
         RETURNING 1)
       SELECT EXISTS (SELECT FROM taken) AS taken,
         COALESCE((SELECT extract(epoch FROM until - now())::float8 * 1000 FROM rate_counts WHERE key_id = $1::text), $3::float8) AS left`,
      [account, amount, windowMs, most],
    ),
  );
  const { taken, left } = rows[0]!;
  return taken ? undefined : Math.max(left, 0);
}
