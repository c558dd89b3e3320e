import type { OperationRow } from './row.ts';

/**
 * Every path, below the base URL, at which an operation answers: the canonical one first, then the type level, then
 * where the reference implementation has it.
 */
export function routesOf(row: Pick<OperationRow, 'code' | 'family'>): readonly [string, string, string] {
  return [`/$${row.code}`, `/Patient/$${row.code}`, `/${row.family}/$${row.code}`];
}

/** Path, below the base URL, of a question that is answered later; of the route, given a parameter's name for `id`. */
export const jobPath = (id: string): string => `/async/${id}`;

/** What may be asked there: what became of it, and to end it. */
export const JOB_METHODS = 'GET, DELETE';
