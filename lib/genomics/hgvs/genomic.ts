import type { Allele } from '../allele.ts';
import { interbase, residue, residueAfter, startOf } from '../coordinates.ts';
import { InvalidInputError } from '../errors.ts';
import type { Interval } from '../interval.ts';
import { affectedBases, checkAffected } from './edit.ts';
import { parseHgvs } from './parse.ts';
import type { HgvsEdit as Edit } from './variant.ts';

/** What a genomic HGVS description says of the bases it names. Bases that the text leaves out are undefined. */
type HgvsEdit =
  /** `A>T`, `delinsTT`, `delACinsTT`: `deleted` is known only where stated. */
  | { readonly kind: 'replace'; readonly deleted: string | undefined; readonly inserted: string }
  | { readonly kind: 'delete'; readonly deleted: string | undefined }
  /** The interval is the empty one between the two flanking bases. */
  | { readonly kind: 'insert'; readonly inserted: string }
  | { readonly kind: 'duplicate'; readonly duplicated: string | undefined }
  | { readonly kind: 'invert' }
  | { readonly kind: 'unchanged' };

/** A parsed description; the interval is interbase, half-open, on `accession`. */
export interface GenomicHgvs extends Interval {
  readonly accession: string;
  readonly edit: HgvsEdit;
}

const CHROMOSOME = /^NC_\d{6}\.\d{1,3}$/;

/**
 * Reads HGVS on a chromosome: `NC_000007.14:g.140753336A>T`, `m.` for the mitochondrion, as far as it can be read
 * without the reference sequence. Positions are residues (1-based).
 *
 * @throws InvalidInputError naming `expression` when the text is not such a description, and saying why when it is
 * HGVS of another kind (transcript, RNA, protein, uncertain positions, repeats)
 * @see https://hgvs-nomenclature.org/stable/recommendations/summary/
 */
export function parseGenomicHgvs(text: string, expression?: string): GenomicHgvs {
  const fail = (why: string): never => {
    throw new InvalidInputError(`'${text}' ${why}`, expression);
  };
  const { accession, coordinates, start, end, edit } = parseHgvs(text, expression);
  if (coordinates === 'c' || coordinates === 'n') return fail('is on a transcript, and no transcripts are loaded');
  if (!CHROMOSOME.test(accession)) return fail('is not on a chromosome; write a versioned NC_ accession');
  const [from, to] = [residue(start.base), residue(end.base)];
  if (from > to) return fail('ends before it starts');
  const naming = { text: text.trim(), expression };
  if (edit.kind === 'insertion') {
    if (to !== from + 1) return fail('must name the two bases that flank the insertion');
    return { accession, start0: startOf(to), end0: startOf(to), edit: { kind: 'insert', inserted: edit.inserted } };
  }
  checkAffected(edit, to - from + 1, undefined, naming);
  const change = editOf(edit) ?? fail('states repeats, which only the reference sequence can spell out');
  return { accession, start0: startOf(from), end0: interbase(to), edit: change };
}

/** The edit in the words of this module; undefined for repeats. */
function editOf(edit: Exclude<Edit, { kind: 'insertion' }>): HgvsEdit | undefined {
  const stated = affectedBases(edit);
  const bases = typeof stated === 'string' ? stated : undefined;
  switch (edit.kind) {
    case 'substitution':
    case 'delins':
      return bases === edit.inserted
        ? { kind: 'unchanged' }
        : { kind: 'replace', deleted: bases, inserted: edit.inserted };
    case 'deletion':
      return { kind: 'delete', deleted: bases };
    case 'duplication':
      return { kind: 'duplicate', duplicated: bases };
    case 'inversion':
      return { kind: 'invert' };
    case 'identity':
      return { kind: 'unchanged' };
    case 'repeat':
      return undefined;
  }
}

/**
 * The genomic HGVS of a trimmed allele, as far as it can be stated without the reference: duplications appear as
 * insertions, and nothing is moved to the 3' end of a repeat. Undefined for no change and for insertions before the
 * first base, which have no flanking base to name.
 *
 * @param type `m` for the mitochondrion
 */
export function formatGenomicHgvs(accession: string, type: 'g' | 'm', allele: Allele): string | undefined {
  const { start0, end0, deleted, inserted } = allele;
  const [first, last] = [residueAfter(start0), end0];
  const place = end0 - start0 > 1 ? `${first}_${last}` : `${first}`;
  const prefix = `${accession}:${type}.`;
  if (deleted === inserted) return undefined;
  if (deleted === '') return start0 === 0 ? undefined : `${prefix}${start0}_${first}ins${inserted}`;
  if (inserted === '') return `${prefix}${place}del`;
  if (deleted.length === 1 && inserted.length === 1) return `${prefix}${first}${deleted}>${inserted}`;
  return `${prefix}${place}delins${inserted}`;
}
