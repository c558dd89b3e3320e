import { trim } from '../genomics/allele.ts';
import { type Assembly, type ChromosomeSequence, chromosomeNamed, sequenceOf } from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import { formatSpdi } from '../genomics/spdi.ts';

const SEQUENCE = /^[ACGTN]*$/;

/** Why a variant can't be written as SPDI. */
export type NoSpdi =
  | 'sequence outside the primary assembly'
  | 'no sequence change stated'
  | 'allele is not a sequence of A, C, G, T, N'
  | 'position outside the sequence';

/**
 * The trimmed SPDI of a change of a chromosome. Reference bases are taken as the source states them: whether the
 * genome has them there shows when the variant is normalised.
 *
 * @param start0 0-based start of the deleted bases
 */
export function spdiOf(
  assembly: Assembly,
  chromosome: string,
  start0: number,
  deleted: string,
  inserted: string,
): { readonly spdi: string } | { readonly reason: NoSpdi } {
  const sequence = sequenceNamed(assembly, chromosome);
  if (sequence === undefined) return { reason: 'sequence outside the primary assembly' };
  if (!SEQUENCE.test(deleted) || !SEQUENCE.test(inserted))
    return { reason: 'allele is not a sequence of A, C, G, T, N' };
  if (deleted === inserted) return { reason: 'no sequence change stated' };
  if (!Number.isInteger(start0) || start0 < 0 || start0 + deleted.length > sequence.length) {
    return { reason: 'position outside the sequence' };
  }
  return { spdi: formatSpdi(sequence.accession, trim(interbase(start0), deleted, inserted)) };
}

const SEQUENCES = new Map<string, ChromosomeSequence>();

/** Remembers the names that mean a chromosome: the rows of a file name the same few. */
function sequenceNamed(assembly: Assembly, name: string): ChromosomeSequence | undefined {
  const key = `${assembly}/${name}`;
  const known = SEQUENCES.get(key);
  if (known !== undefined) return known;
  const chromosome = chromosomeNamed(assembly, name);
  const sequence = chromosome === undefined ? undefined : sequenceOf(assembly, chromosome);
  if (sequence !== undefined) SEQUENCES.set(key, sequence);
  return sequence;
}
