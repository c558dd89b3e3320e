import type { Allele } from '../genomics/allele.ts';
import type { Interbase } from '../genomics/coordinates.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { parseGenomicHgvs } from '../genomics/hgvs/genomic.ts';
import { looksLikeHgvs } from '../genomics/hgvs/parse.ts';
import { placements } from '../genomics/placements.ts';
import { looksLikeSpdi, parseSpdi, spdiInterval } from '../genomics/spdi.ts';
import { checkWithin, type Located, sequencesAt } from './range-questions.ts';

/** What a stored row must be to be the variant asked for, as far as its text says without the reference sequence. */
type Sought =
  /** Any of these; `movable` when the same change may be stated elsewhere in a repeat. */
  | { readonly kind: 'alleles'; readonly alleles: readonly Allele[]; readonly movable: boolean }
  /** A deletion of just this interval, whose bases the text doesn't state. */
  | { readonly kind: 'deletion' }
  /** A replacement of this interval, whose bases the text doesn't state. */
  | { readonly kind: 'replacement'; readonly inserted: string }
  /** The reference sequence itself, which no stored row states. */
  | { readonly kind: 'unchanged' }
  /** A change that only the reference sequence can spell out. */
  | { readonly kind: 'unspelled' };

/** A variant of a request. Its interval is the changed one, or the stated one where that is not known. */
export interface SoughtVariant extends Located {
  readonly sought: Sought;
}

/**
 * Reads the variants of a request: SPDI, or HGVS on a chromosome.
 *
 * @throws InvalidInputError naming `variants` when one is malformed, on no chromosome of GRCh37 or GRCh38, or beyond
 * its end
 */
export function locateVariants(texts: readonly string[]): readonly SoughtVariant[] {
  return texts.map((text, index) => {
    const stated = read(text);
    const sequences = sequencesAt(stated.accession, text, 'variants');
    checkWithin(sequences, stated.end0, text, 'variants');
    if (stated.mitochondrial && !sequences.every(({ chromosome }) => chromosome.startsWith('MT'))) {
      throw new InvalidInputError(`'${text}' names a chromosome with m., which is for the mitochondrion`, 'variants');
    }
    const first = stated.sought.kind === 'alleles' ? stated.sought.alleles[0] : undefined;
    const { start0, end0 } = first ?? stated;
    return { index, text, start0, end0, sequences, sought: stated.sought };
  });
}

interface Stated {
  readonly accession: string;
  readonly start0: Interbase;
  readonly end0: Interbase;
  readonly mitochondrial: boolean;
  readonly sought: Sought;
}

function read(text: string): Stated {
  if (looksLikeSpdi(text)) return readSpdi(text);
  if (looksLikeHgvs(text)) return readHgvs(text);
  throw new InvalidInputError(`'${text}' is neither HGVS nor SPDI`, 'variants');
}

function readSpdi(text: string): Stated {
  const spdi = parseSpdi(text, 'variants');
  const { accession, deleted, inserted } = spdi;
  const place = { accession, ...spdiInterval(spdi), mitochondrial: false };
  if (deleted !== undefined) return { ...place, sought: spelled(place.start0, deleted, inserted) };
  if (inserted === '') return { ...place, sought: { kind: 'deletion' } };
  return { ...place, sought: replacement(place, inserted) };
}

function readHgvs(text: string): Stated {
  const { accession, start0, end0, edit } = parseGenomicHgvs(text, 'variants');
  const place = { accession, start0, end0, mitochondrial: /:m\./.test(text) };
  switch (edit.kind) {
    case 'replace':
      if (edit.deleted === undefined) return { ...place, sought: replacement(place, edit.inserted) };
      return { ...place, sought: spelled(start0, edit.deleted, edit.inserted) };
    case 'delete':
      if (edit.deleted === undefined) return { ...place, sought: { kind: 'deletion' } };
      return { ...place, sought: spelled(start0, edit.deleted, '') };
    case 'insert':
      return { ...place, sought: spelled(start0, '', edit.inserted) };
    case 'duplicate':
      if (edit.duplicated === undefined) return { ...place, sought: { kind: 'unspelled' } };
      return { ...place, sought: spelled(start0, edit.duplicated, edit.duplicated.repeat(2)) };
    case 'invert':
      return { ...place, sought: { kind: 'unspelled' } };
    case 'unchanged':
      return { ...place, sought: { kind: 'unchanged' } };
  }
}

function spelled(start0: Interbase, deleted: string, inserted: string): Sought {
  if (deleted === inserted) return { kind: 'unchanged' };
  const alleles = placements(start0, deleted, inserted);
  return {
    kind: 'alleles',
    alleles,
    movable: alleles.some((allele) => allele.deleted === '' || allele.inserted === ''),
  };
}

/** Nothing replaced is an insertion, whose (absent) bases are known after all. */
function replacement({ start0, end0 }: Pick<Stated, 'start0' | 'end0'>, inserted: string): Sought {
  return start0 === end0 ? spelled(start0, '', inserted) : { kind: 'replacement', inserted };
}
