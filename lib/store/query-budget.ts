import { createHash } from 'node:crypto';
import { UnavailableError } from '../genomics/errors.ts';
import type { QueryBudget } from '../operations/ports.ts';
import type { Table } from './table.ts';

const HOUR_MS = 3_600_000;
/** Attempts to count one question while others of the same client are counted. */
const ATTEMPTS = 20;

/**
 * Counts the questions of each client in the table, so that all processes count together. Clients are kept as digests.
 *
 * @param limit questions of one client an hour
 */
export function tableBudget(table: Table, limit: number, now: () => number = Date.now): QueryBudget {
  return {
    async take(client) {
      const key = { pk: `BUDGET#${createHash('sha256').update(client).digest('base64url')}`, sk: 'HOUR' };
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const hour = Math.floor(now() / HOUR_MS);
        const item = await table.get(key);
        const used = item?.['hour'] === hour ? Number(item['used']) : 0;
        if (used >= limit) return Math.ceil(((hour + 1) * HOUR_MS - now()) / 1000);
        const version = item === undefined ? undefined : Number(item['version']);
        const next = { ...key, version: (version ?? 0) + 1, hour, used: used + 1 };
        if (await table.putIf(next, { version })) return 0;
      }
      throw new UnavailableError('the questions of this client could not be counted');
    },
  };
}
