import { type Interbase, shift } from './coordinates.ts';
import type { Interval } from './interval.ts';

/** A replacement of the bases `[start0, end0)`, stated by `deleted`, by the bases `inserted`. Either may be empty. */
export interface Allele extends Interval {
  readonly deleted: string;
  readonly inserted: string;
}

/** What a subject's genotype says of one allele (LOINC 53034-5). */
export type AllelicState = 'heterozygous' | 'homozygous' | 'hemizygous' | 'homoplasmic' | 'heteroplasmic';

/** LOINC 48002-0, as far as this archive records it. */
export type SourceClass = 'germline' | 'somatic';

/** Kinds of DNA change a test looks for and a variant is (LOINC 48019-4; coded in `fhir/codes.ts`). */
export const CHANGE_TYPES = ['SNV', 'MNV', 'INS', 'DEL', 'DELINS', 'DUP', 'INV', 'CNV', 'BND', 'CPX'] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

/** Length change, in bases, from which a precisely stated allele is also answered by the structural operations. */
export const STRUCTURAL_LENGTH = 50;

/**
 * Removes the bases that both sides share, first from the right, then from the left: the smallest interval that the
 * change touches. `A>AT` at 10 becomes an insertion of `T` at 11. Not normalised: repeats stay where they were stated.
 */
export function trim(start0: Interbase, deleted: string, inserted: string): Allele {
  const shorter = Math.min(deleted.length, inserted.length);
  let right = 0;
  while (right < shorter && deleted.at(-1 - right) === inserted.at(-1 - right)) right++;
  let left = 0;
  while (left < shorter - right && deleted[left] === inserted[left]) left++;
  const trimmed = deleted.slice(left, deleted.length - right);
  const from = shift(start0, left);
  return {
    start0: from,
    end0: shift(from, trimmed.length),
    deleted: trimmed,
    inserted: inserted.slice(left, inserted.length - right),
  };
}

/** The kind of change of a trimmed allele. */
export function changeTypeOf({ deleted, inserted }: Allele): ChangeType {
  if (deleted.length === inserted.length) return deleted.length === 1 ? 'SNV' : 'MNV';
  if (deleted === '') return 'INS';
  return inserted === '' ? 'DEL' : 'DELINS';
}

const COMPLEMENT: Readonly<Record<string, string>> = {
  A: 'T',
  C: 'G',
  G: 'C',
  T: 'A',
  U: 'A',
  R: 'Y',
  Y: 'R',
  S: 'S',
  W: 'W',
  K: 'M',
  M: 'K',
  B: 'V',
  V: 'B',
  D: 'H',
  H: 'D',
  N: 'N',
};

/** The other strand, read in its own direction. Bases outside IUPAC's nucleotide codes become N. */
export function reverseComplement(sequence: string): string {
  let complement = '';
  for (let i = sequence.length - 1; i >= 0; i--) complement += COMPLEMENT[sequence[i] as string] ?? 'N';
  return complement;
}
