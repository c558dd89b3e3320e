import type { Knowledge, Reference } from '../ports.ts';
import type { Input, ParameterRow } from '../row.ts';

/** What a utility answers with: plain JSON, in the form of the reference implementation. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/** Everything about a utility that is data. Utilities are no FHIR operations: they know no subject. */
export interface UtilityRow {
  /** Last part of the path. */
  readonly code: string;
  readonly doc: string;
  readonly in: Readonly<Record<string, ParameterRow>>;
  readonly example: Readonly<Record<string, string>>;
}

/** A row with its code. */
export interface Utility<R extends UtilityRow = UtilityRow> {
  readonly row: R;
  answer(input: Input<R>, reference: Reference, knowledge: Knowledge): Promise<Json>;
}

/** Where a utility answers, below the base URL, as in the reference implementation. */
export function utilityRoute({ code }: Pick<UtilityRow, 'code'>): string {
  return `/utilities/${code}`;
}
