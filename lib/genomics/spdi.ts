import type { Allele } from './allele.ts';
import { interbase, shift } from './coordinates.ts';
import { InvalidInputError } from './errors.ts';

/** An SPDI expression as written; `deletedLength` holds even when the deleted bases are given only by their number. */
export interface Spdi {
  readonly accession: string;
  readonly start0: Allele['start0'];
  /** The deleted bases, or undefined when only their number is stated. */
  readonly deleted: string | undefined;
  readonly deletedLength: number;
  readonly inserted: string;
}

const SPDI = /^([A-Za-z]{2}_\d{4,12}\.\d{1,3}):(\d{1,10}):(\d{1,9}|[ACGTNacgtn]*):([ACGTNacgtn]*)$/;

/** Whether a text has SPDI's three colons, so that a caller may say which notation failed. */
export function looksLikeSpdi(text: string): boolean {
  return text.split(':').length === 4;
}

/**
 * Reads an NCBI SPDI expression `accession:position:deletion:insertion`. The position is interbase (0-based); the
 * deletion is a sequence, a number of bases or empty.
 *
 * @throws InvalidInputError naming `expression` when the text is not SPDI.
 * @see https://www.ncbi.nlm.nih.gov/variation/notation/ and doi:10.1093/bioinformatics/btz856
 */
export function parseSpdi(text: string, expression?: string): Spdi {
  const [, accession, position, deletion, insertion] = SPDI.exec(text.trim()) ?? [];
  if (accession === undefined || position === undefined || deletion === undefined || insertion === undefined) {
    throw new InvalidInputError(`'${text}' is not SPDI; write accession:position:deleted:inserted`, expression);
  }
  const counted = /^\d/.test(deletion);
  return {
    accession: accession.toUpperCase(),
    start0: interbase(Number(position)),
    deleted: counted ? undefined : deletion.toUpperCase(),
    deletedLength: counted ? Number(deletion) : deletion.length,
    inserted: insertion.toUpperCase(),
  };
}

/** `NC_000001.11:11796320:G:A`; the position is interbase (0-based). */
export function formatSpdi(accession: string, { start0, deleted, inserted }: Allele): string {
  return `${accession}:${start0}:${deleted}:${inserted}`;
}

/** The interval an SPDI deletes, half-open. */
export function spdiInterval({ start0, deletedLength }: Spdi): Pick<Allele, 'start0' | 'end0'> {
  return { start0, end0: shift(start0, deletedLength) };
}
