import type { Allele } from '../genomics/allele.ts';
import type { ChromosomeSequence } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { affectedBases, checkAffected } from '../genomics/hgvs/edit.ts';
import { looksLikeHgvs, parseHgvs } from '../genomics/hgvs/parse.ts';
import { genomicInterval } from '../genomics/hgvs/resolve.ts';
import type { HgvsEdit, HgvsVariant } from '../genomics/hgvs/variant.ts';
import type { Interval } from '../genomics/interval.ts';
import { placements } from '../genomics/placements.ts';
import { looksLikeSpdi, parseSpdi, type Spdi, spdiInterval } from '../genomics/spdi.ts';
import { checkWithin, sequencesAt } from './range-questions.ts';

/**
 * What a stored row must be to be the variant asked for. `unknowable` says why not finding one does not mean that it is
 * not there; without it, it does.
 */
export type Sought =
  /** Any of these, trimmed; with a context, its one allele wherever it may be stated within. */
  | {
      readonly kind: 'alleles';
      readonly alleles: readonly Allele[];
      readonly context?: Interval;
      readonly unknowable?: string;
    }
  /** A replacement of this interval, whose bases the text doesn't state, by none or others. */
  | { readonly kind: 'replacement'; readonly inserted: string; readonly unknowable?: string }
  /** The reference sequence itself, which no stored row states. */
  | { readonly kind: 'unchanged' }
  /** A change that only the reference sequence can spell out. */
  | { readonly kind: 'unspelled'; readonly unknowable: string };

/** A variant on a chromosome as its text has it, without any look at the reference. */
export interface StatedVariant extends Interval {
  readonly sequences: readonly ChromosomeSequence[];
  readonly accession: string;
  readonly sought: Sought;
}

/** A variant of a request, read. */
export type ReadVariant = {
  readonly index: number;
  /** As the caller wrote it. */
  readonly text: string;
  /** The parameter it came in, for refusals. */
  readonly expression: string;
} & (
  | { readonly notation: 'spdi'; readonly spdi: Spdi; readonly stated: StatedVariant }
  | { readonly notation: 'genomic'; readonly hgvs: HgvsVariant; readonly stated: StatedVariant }
  | { readonly notation: 'transcript'; readonly hgvs: HgvsVariant }
);

/**
 * Reads the variants of a request: SPDI and g. (m.) on a chromosome, c. and n. on a transcript.
 *
 * @param expression the parameter they came in
 * @throws InvalidInputError naming it when one is malformed, says not which DNA changes, or is on no chromosome
 * of GRCh37 or GRCh38 or beyond its end
 */
export function readVariants(texts: readonly string[], expression = 'variants'): readonly ReadVariant[] {
  return texts.map((text, index) => {
    if (looksLikeSpdi(text)) {
      const spdi = parseSpdi(text, expression);
      return { index, text, expression, notation: 'spdi', spdi, stated: statedSpdi(spdi, text, expression) };
    }
    if (!looksLikeHgvs(text)) throw new InvalidInputError(`'${text}' is neither HGVS nor SPDI`, expression);
    const hgvs = parseHgvs(text, expression);
    if (hgvs.coordinates === 'c' || hgvs.coordinates === 'n') {
      return { index, text, expression, notation: 'transcript', hgvs };
    }
    return { index, text, expression, notation: 'genomic', hgvs, stated: statedHgvs(hgvs, text, expression) };
  });
}

/** Why an insertion or deletion that was not found as stated may be there all the same. */
export const MAY_BE_ELSEWHERE = 'was not found as stated; in a repeat it may be stated elsewhere';

function statedSpdi(spdi: Spdi, text: string, expression: string): StatedVariant {
  const { accession, deleted, inserted } = spdi;
  const interval = spdiInterval(spdi);
  const sequences = sequencesAt(accession, text, expression);
  checkWithin(sequences, interval.end0, text, expression);
  const sought = deleted === undefined ? replacement(interval, inserted) : spelled(interval, deleted, inserted);
  return { accession, sequences, ...interval, sought };
}

function statedHgvs(hgvs: HgvsVariant, text: string, expression: string): StatedVariant {
  const { accession, edit } = hgvs;
  const sequences = sequencesAt(accession, text, expression);
  const naming = { text, expression };
  const interval = genomicInterval(hgvs, naming);
  if (edit.kind !== 'repeat') checkAffected(edit, interval.end0 - interval.start0, undefined, naming);
  return { accession, sequences, ...interval, sought: statedEdit(edit, interval) };
}

function statedEdit(edit: HgvsEdit, interval: Interval): Sought {
  const affected = affectedBases(edit);
  const bases = typeof affected === 'string' ? affected : undefined;
  switch (edit.kind) {
    case 'substitution':
    case 'delins':
    case 'insertion':
    case 'deletion': {
      const inserted = edit.kind === 'deletion' ? '' : edit.inserted;
      return bases === undefined ? replacement(interval, inserted) : spelled(interval, bases, inserted);
    }
    case 'duplication':
      return bases === undefined ? UNSPELLED : spelled(interval, bases, bases.repeat(2));
    case 'inversion':
    case 'repeat':
      return UNSPELLED;
    case 'identity':
      return { kind: 'unchanged' };
  }
}

const UNSPELLED: Sought = { kind: 'unspelled', unknowable: 'leaves out bases that only the reference sequence tells' };

function spelled({ start0 }: Interval, deleted: string, inserted: string): Sought {
  if (deleted === inserted) return { kind: 'unchanged' };
  const alleles = placements(start0, deleted, inserted);
  const movable = alleles.some((allele) => allele.deleted === '' || allele.inserted === '');
  return { kind: 'alleles', alleles, ...(movable ? { unknowable: MAY_BE_ELSEWHERE } : {}) };
}

/** A replacement of bases that are not stated. Nothing replaced is an insertion, whose (absent) bases are known. */
function replacement(interval: Interval, inserted: string): Sought {
  const length = interval.end0 - interval.start0;
  if (length === 0) return spelled(interval, '', inserted);
  if (inserted === '') return { kind: 'replacement', inserted, unknowable: MAY_BE_ELSEWHERE };
  // One base by one base is a substitution or nothing, and either way just here.
  if (length === 1 && inserted.length === 1) return { kind: 'replacement', inserted };
  return { kind: 'replacement', inserted, unknowable: 'leaves out the bases it replaces' };
}
