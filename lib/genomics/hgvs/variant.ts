/** Kinds of reference that an HGVS description of DNA counts on. */
export type DnaCoordinates = 'g' | 'm' | 'c' | 'n';

/**
 * Where a position is counted from. `start`: the first base of the sequence (g., m., n.). `cds-start`: the A of the
 * start codon, c.1; the base before it is -1, there is no 0. `cds-end`: the last base of the stop codon; `*1` is the
 * base after it.
 */
export type Datum = 'start' | 'cds-start' | 'cds-end';

/**
 * A position of HGVS.
 *
 * | text | datum | base | offset |
 * |---|---|---|---|
 * | g.55, n.55 | start | 55 | 0 |
 * | c.55 | cds-start | 55 | 0 |
 * | c.-55-1 | cds-start | -55 | -1 |
 * | c.55+1 | cds-start | 55 | 1 |
 * | c.*55 | cds-end | 55 | 0 |
 */
export interface HgvsPosition {
  readonly datum: Datum;
  /** 1-based; never 0; negative only from `cds-start`. */
  readonly base: number;
  /** Bases into an intron: positive downstream of the base, negative upstream; 0 when there is none. */
  readonly offset: number;
}

/** Repeat units in a row: `CAG[23]`; without bases, those of the position. */
export interface RepeatUnit {
  readonly bases: string | undefined;
  readonly count: number;
}

/** The bases at the position as repeated after `del`, `dup` or `inv`, or only their number; usually left out. */
export type Affected = string | number | undefined;

/** What happens at the position. Bases are upper case, on the strand of the reference that the description counts on. */
export type HgvsEdit =
  | { readonly kind: 'substitution'; readonly deleted: string; readonly inserted: string }
  | { readonly kind: 'deletion'; readonly deleted: Affected }
  | { readonly kind: 'duplication'; readonly duplicated: Affected }
  | { readonly kind: 'inversion'; readonly inverted: Affected }
  | { readonly kind: 'insertion'; readonly inserted: string }
  | { readonly kind: 'delins'; readonly deleted: Affected; readonly inserted: string }
  | { readonly kind: 'repeat'; readonly units: readonly RepeatUnit[] }
  | { readonly kind: 'identity'; readonly unchanged: string | undefined };

/** A change of one DNA sequence, as written. */
export interface HgvsVariant {
  readonly accession: string;
  /** The transcript of `NC_000023.11(NM_004006.2):c.…`: then `accession` says on which genomic sequence it lies. */
  readonly transcript?: string;
  /** Gene symbol of `NM_000130.5(F5):c.…`: what the writer believes, not what is looked up. */
  readonly gene?: string;
  readonly coordinates: DnaCoordinates;
  readonly start: HgvsPosition;
  /** Equal to `start` when the description names one position. */
  readonly end: HgvsPosition;
  readonly edit: HgvsEdit;
}

/** The position of a base of a whole sequence, 1-based. */
export function basePosition(base: number): HgvsPosition {
  return { datum: 'start', base, offset: 0 };
}

export function samePosition(a: HgvsPosition, b: HgvsPosition): boolean {
  return a.datum === b.datum && a.base === b.base && a.offset === b.offset;
}
