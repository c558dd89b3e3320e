import { createHash } from 'node:crypto';
import type { QueryBudget } from '../operations/ports.ts';
import type { Table } from './table.ts';

const HOUR_MS = 3_600_000;
/** Partitions of the counters begin with it. In AWS who counts may write no other item (lib/stacks/permissions.ts). */
const BUDGET = 'BUDGET#';

/**
 * Counts the questions of each client in the table, so that all processes count together. Clients are kept as digests.
 *
 * @param limit questions of one client an hour
 */
export function tableBudget(table: Table, limit: number, now: () => number = Date.now): QueryBudget {
  return {
    async take(client) {
      const pk = `${BUDGET}${createHash('sha256').update(client).digest('base64url')}`;
      const hour = Math.floor(now() / HOUR_MS);
      if (await table.count({ pk, sk: 'HOUR' }, hour, limit)) return 0;
      return Math.ceil(((hour + 1) * HOUR_MS - now()) / 1000);
    },
  };
}
