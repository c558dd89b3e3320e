import type { Ports } from '../operations/ports.ts';
import type { OperationRow } from '../operations/row.ts';
import { HttpError } from './errors.ts';

/** Everyone whom nobody told apart. */
const ANONYMOUS = 'anonymous';

/**
 * Counts a question about everyone against what its client may ask.
 *
 * @param client who asks, as the token says; all who are not told apart share one budget
 * @throws HttpError 429 that says when to come back; UnavailableError
 */
export async function spendBudget(
  { family }: Pick<OperationRow, 'family'>,
  { budget }: Pick<Ports, 'budget'>,
  client: string = ANONYMOUS,
): Promise<void> {
  if (budget === undefined || !family.startsWith('population-operations/')) return;
  const seconds = await budget.take(client);
  if (seconds === 0) return;
  throw new HttpError(429, 'This client has asked as many questions about populations as it may for now', {
    issue: 'throttled',
    headers: { 'Retry-After': String(seconds) },
  });
}
