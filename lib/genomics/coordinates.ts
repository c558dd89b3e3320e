import { InvalidInputError } from './errors.ts';

declare const coordinate: unique symbol;

/** 0-based interbase offset: a gap between bases, as in SPDI, BED and VRS. */
export type Interbase = number & { readonly [coordinate]: 'interbase' };

/** 1-based residue position, as in VCF POS and HGVS g. */
export type Residue = number & { readonly [coordinate]: 'residue' };

/** DuckDB INT32 columns hold positions; no human chromosome is longer than 2^28. */
const MAX_POSITION = 2_147_483_647;

/** @throws InvalidInputError unless `value` is an integer from 0 to 2^31-1. */
export function interbase(value: number): Interbase {
  if (!Number.isInteger(value) || value < 0 || value > MAX_POSITION) {
    throw new InvalidInputError(`${value} is not a 0-based position`);
  }
  return value as Interbase;
}

/** @throws InvalidInputError unless `value` is an integer from 1 to 2^31-1. */
export function residue(value: number): Residue {
  if (!Number.isInteger(value) || value < 1 || value > MAX_POSITION) {
    throw new InvalidInputError(`${value} is not a 1-based position`);
  }
  return value as Residue;
}

/** The gap before a residue: residue 1 starts at interbase 0. */
export function startOf(position: Residue): Interbase {
  return (position - 1) as Interbase;
}

/** The residue after a gap: interbase 0 is followed by residue 1. */
export function residueAfter(gap: Interbase): Residue {
  return (gap + 1) as Residue;
}

/** Moves along the sequence; the result is clamped at 0, as CIPOS may reach before the first base. */
export function shift(gap: Interbase, bases: number): Interbase {
  return Math.max(0, gap + bases) as Interbase;
}
