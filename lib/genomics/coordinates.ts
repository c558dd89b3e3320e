import { InvalidInputError } from './errors.ts';

declare const coordinate: unique symbol;

/**
 * 0-based interbase offset: a gap between bases, as in SPDI, BED and VRS. VCF and HGVS count bases from 1: base `n`
 * lies after gap `n - 1`.
 */
export type Interbase = number & { readonly [coordinate]: 'interbase' };

/** DuckDB INT32 columns hold positions; no human chromosome is longer than 2^28. */
const MAX_POSITION = 2_147_483_647;

/** @throws InvalidInputError unless `value` is an integer from 0 to 2^31-1. */
export function interbase(value: number): Interbase {
  if (!Number.isInteger(value) || value < 0 || value > MAX_POSITION) {
    throw new InvalidInputError(`${value} is not a 0-based position`);
  }
  return value as Interbase;
}

/** Moves along the sequence; the result is clamped at 0, as CIPOS may reach before the first base. */
export function shift(gap: Interbase, bases: number): Interbase {
  return Math.max(0, gap + bases) as Interbase;
}
