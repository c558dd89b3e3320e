import { TooCostlyError } from '../genomics/errors.ts';
import type { Ports } from './ports.ts';

/**
 * Refuses a question about everyone that would outlast a request. Who waits with `respond-async` is not refused.
 *
 * @param advice what would make it cheaper
 * @throws TooCostlyError
 */
export function checkCost(cost: number, most: number, what: string, advice: string, { patient = false }: Ports): void {
  if (patient || cost <= most) return;
  const [asked, allowed] = [cost, most].map((count) => count.toLocaleString('en-GB'));
  throw new TooCostlyError(
    `The question needs ${asked} ${what}, more than the ${allowed} of one request; ${advice}, or send it with 'Prefer: respond-async'`,
  );
}
