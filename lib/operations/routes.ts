import type { OperationRow } from './row.ts';

/**
 * Every path, below the base URL, at which an operation answers: the canonical one first, then the type level, then
 * where the reference implementation has it.
 */
export function routesOf(row: Pick<OperationRow, 'code' | 'family'>): readonly [string, string, string] {
  return [`/$${row.code}`, `/Patient/$${row.code}`, `/${row.family}/$${row.code}`];
}
