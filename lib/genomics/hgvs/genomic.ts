import type { Allele } from '../allele.ts';
import { type Residue, residue, residueAfter, startOf } from '../coordinates.ts';
import { InvalidInputError } from '../errors.ts';
import type { Interval } from '../interval.ts';

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

/** Whether a text is HGVS of any kind (`accession:type.`), so that a caller may say which notation failed. */
export function looksLikeHgvs(text: string): boolean {
  return /^[^:]+:\(?[a-z]\.|^[^:]+:p\b/i.test(text.trim()) && text.split(':').length === 2;
}

const DESCRIPTION = /^([A-Za-z]{2,4}_?\d+(?:\.\d{1,3})?):([a-z])\.(.+)$/;
const CHROMOSOME = /^NC_\d{6}\.\d{1,3}$/i;
const PLACE = /^(\d{1,10})(?:_(\d{1,10}))?([A-Za-z=>].*|=)$/;
const BASES = '[ACGTN]+';

/**
 * Reads HGVS on a chromosome: `NC_000007.14:g.140753336A>T`, `m.` for the mitochondrion. Understood are substitution,
 * deletion, insertion, duplication, deletion-insertion, inversion and `=`. Positions are residues (1-based).
 *
 * @throws InvalidInputError naming `expression` when the text is not such a description, and saying why when it is
 * HGVS of another kind (transcript, RNA, protein, uncertain positions, repeats)
 * @see https://hgvs-nomenclature.org/stable/recommendations/summary/
 */
export function parseGenomicHgvs(text: string, expression?: string): GenomicHgvs {
  const fail = (why: string): never => {
    throw new InvalidInputError(`'${text}' ${why}`, expression);
  };
  const [, accession = '', type, description = ''] = DESCRIPTION.exec(text.trim()) ?? [];
  if (type === undefined) return fail('is not HGVS; write it like NC_000007.14:g.140753336A>T');
  if (type === 'p') return fail('is a protein change, which stands for more than one DNA change');
  if (type === 'c' || type === 'n') return fail('is on a transcript, and no transcripts are loaded');
  if (type !== 'g' && type !== 'm') return fail(`is HGVS of type ${type}., which names no DNA of a chromosome`);
  if (!CHROMOSOME.test(accession)) return fail('is not on a chromosome; write a versioned NC_ accession');
  if (description.includes('?') || description.includes('(')) return fail('has uncertain positions');

  const [, first = '', last, edit = ''] = PLACE.exec(description) ?? [];
  if (first === '') return fail('has no position and change that HGVS knows');
  const [from, to] = [position(first, fail), position(last ?? first, fail)];
  if (from > to) return fail('ends before it starts');
  const parsed = editOf(edit, to - from + 1, last !== undefined, fail);
  const name = accession.toUpperCase();
  if (parsed.kind !== 'insert')
    return { accession: name, start0: startOf(from), end0: startOf(residue(to + 1)), edit: parsed };
  if (last === undefined || to !== from + 1) return fail('must name the two bases that flank the insertion');
  return { accession: name, start0: startOf(to), end0: startOf(to), edit: parsed };
}

type Fail = (why: string) => never;

function position(digits: string, fail: Fail): Residue {
  const value = Number(digits);
  return value >= 1 && value < 2_147_483_647 ? residue(value) : fail('has a position outside any chromosome');
}

/** @param length bases that the positions span */
function editOf(edit: string, length: number, spans: boolean, fail: Fail): HgvsEdit {
  const substitution = new RegExp(`^(${BASES})>(${BASES})$`).exec(edit);
  if (substitution !== null) {
    const [, deleted = '', inserted = ''] = substitution;
    if (spans || deleted.length !== 1 || inserted.length !== 1) return fail('must replace one base by one; use delins');
    return deleted === inserted ? { kind: 'unchanged' } : { kind: 'replace', deleted, inserted };
  }
  const stated = (bases: string | undefined): string | undefined => {
    if (bases === undefined || bases === '') return undefined;
    // Older descriptions give the number of bases in place of the bases.
    const count = /^\d+$/.test(bases) ? Number(bases) : bases.length;
    if (count !== length) return fail(`spans ${length} bases and states ${count}`);
    return /^\d/.test(bases) ? undefined : bases;
  };
  const replacement = new RegExp(`^del(${BASES}|\\d+)?ins(${BASES})$`).exec(edit);
  if (replacement !== null) {
    const [, bases, inserted = ''] = replacement;
    const deleted = stated(bases);
    return deleted === inserted ? { kind: 'unchanged' } : { kind: 'replace', deleted, inserted };
  }
  const deletion = new RegExp(`^del(${BASES}|\\d+)?$`).exec(edit);
  if (deletion !== null) return { kind: 'delete', deleted: stated(deletion[1]) };
  const duplication = new RegExp(`^dup(${BASES}|\\d+)?$`).exec(edit);
  if (duplication !== null) return { kind: 'duplicate', duplicated: stated(duplication[1]) };
  const insertion = new RegExp(`^ins(${BASES})$`).exec(edit);
  if (insertion !== null) return { kind: 'insert', inserted: insertion[1] ?? '' };
  const inversion = new RegExp(`^inv(${BASES}|\\d+)?$`).exec(edit);
  if (inversion !== null) {
    stated(inversion[1]);
    return length > 1 ? { kind: 'invert' } : fail('inverts a single base; that is a substitution');
  }
  const same = new RegExp(`^(${BASES})?=$`).exec(edit);
  if (same !== null) {
    stated(same[1]);
    return { kind: 'unchanged' };
  }
  return fail(
    'has a change that is not understood; known are A>T, del, ins, dup, delins, inv and =, with bases in capitals',
  );
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
