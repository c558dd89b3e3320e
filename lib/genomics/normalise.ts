import { type Allele, trim } from './allele.ts';
import { type Interbase, interbase, shift } from './coordinates.ts';
import { CannotAnswerError, InvalidInputError } from './errors.ts';
import type { Sequences } from './ports.ts';
import { formatSpdi, type Spdi } from './spdi.ts';

/** Bases that an allele states as deleted and that the reference does not have there. */
export interface ReferenceMismatch {
  /** The first base that differs. */
  readonly start0: Interbase;
  readonly stated: string;
  readonly found: string;
}

/**
 * An allele in canonical form, and what is known of its reference bases. `differs` leaves the allele as trimmed: a
 * repeat can't be followed through bases that are not there.
 */
export type Normalised =
  | { readonly reference: 'agrees' | 'unchecked'; readonly allele: Allele }
  | { readonly reference: 'differs'; readonly allele: Allele; readonly mismatch: ReferenceMismatch };

/** How far an allele can be moved without changing the sequence it makes, in bases. */
interface Reach {
  readonly left: number;
  readonly right: number;
}

/** The first window on each side; most repeats end within it. */
const FIRST_WINDOW = 64;

/** No repeat of the reference that an allele can slide along is longer; what slides further is refused. */
const GREATEST_REACH = 1 << 20;

/** Where stated and reference bases first differ; an N on either side is no difference. */
export function referenceMismatch(start0: Interbase, stated: string, found: string): ReferenceMismatch | undefined {
  for (let i = 0; i < stated.length; i++) {
    if (stated[i] !== found[i] && stated[i] !== 'N' && found[i] !== 'N') {
      return { start0: shift(start0, i), stated, found };
    }
  }
  return undefined;
}

/**
 * The canonical contextual form: trimmed, then extended over everything an insertion or deletion can slide along
 * (fully justified), so that every way of writing one change gives the same allele. A substitution and an unchanged
 * stretch need no context, and are not checked when there is no reference.
 *
 * @throws CannotAnswerError when an insertion or deletion meets a reference that is not loaded, or slides for ever.
 * @throws InvalidInputError when the allele lies beyond the end of the sequence.
 * @see doi:10.1093/bioinformatics/btz856 (SPDI, variant overlap correction)
 */
export async function normalise(accession: string, stated: Allele, sequences?: Sequences): Promise<Normalised> {
  const trimmed = trim(stated.start0, stated.deleted, stated.inserted);
  const unchanged = trimmed.deleted === '' && trimmed.inserted === '';
  const still = unchanged || (trimmed.deleted !== '' && trimmed.inserted !== '');
  const plain = unchanged ? stated : trimmed;
  if (sequences === undefined || !sequences.has(accession, stated)) {
    if (still) return { reference: 'unchecked', allele: plain };
    throw new CannotAnswerError(
      `an insertion or deletion on ${accession} needs its reference sequence, which is not loaded; add it with 'genomics reference add --fasta FILE'`,
    );
  }
  const found = await sequences.sequence(accession, stated);
  const mismatch = referenceMismatch(stated.start0, stated.deleted, found);
  if (mismatch !== undefined) return { reference: 'differs', allele: plain, mismatch };
  return { reference: 'agrees', allele: still ? plain : await justify(accession, trimmed, sequences) };
}

/** A pure insertion or deletion extended over its whole context. */
async function justify(accession: string, trimmed: Allele, sequences: Sequences): Promise<Allele> {
  const { left, right } = await reachOf(accession, trimmed, sequences);
  if (left === 0 && right === 0) return trimmed;
  const start0 = shift(trimmed.start0, -left);
  const end0 = shift(trimmed.end0, right);
  const deleted = await sequences.sequence(accession, { start0, end0 });
  const inserted = deleted.slice(0, left) + trimmed.inserted + deleted.slice(deleted.length - right);
  return { start0, end0, deleted, inserted };
}

/** Moves a trimmed insertion or deletion as far left as it goes (the VCF convention); other alleles stay. */
export async function leftAlign(accession: string, allele: Allele, sequences: Sequences): Promise<Allele> {
  const trimmed = trim(allele.start0, allele.deleted, allele.inserted);
  if (!slides(trimmed)) return trimmed;
  const { left } = await reachOf(accession, trimmed, sequences);
  return move(trimmed, -left);
}

/** Moves a trimmed insertion or deletion as far right as it goes (HGVS's 3' rule on the plus strand). */
export async function rightAlign(accession: string, allele: Allele, sequences: Sequences): Promise<Allele> {
  const trimmed = trim(allele.start0, allele.deleted, allele.inserted);
  if (!slides(trimmed)) return trimmed;
  const { right } = await reachOf(accession, trimmed, sequences);
  return move(trimmed, right);
}

/** Whether an allele, already trimmed, is a pure insertion or deletion. */
export function slides({ deleted, inserted }: Allele): boolean {
  return (deleted === '') !== (inserted === '');
}

/** A pure insertion or deletion moved by `bases` within its reach: its bases rotate with it. */
export function move({ start0, end0, deleted, inserted }: Allele, bases: number): Allele {
  return {
    start0: shift(start0, bases),
    end0: shift(end0, bases),
    deleted: rotate(deleted, bases),
    inserted: rotate(inserted, bases),
  };
}

function rotate(unit: string, bases: number): string {
  if (unit === '') return unit;
  const by = ((bases % unit.length) + unit.length) % unit.length;
  return unit.slice(by) + unit.slice(0, by);
}

/** How far a trimmed insertion or deletion slides each way. */
export async function reachOf(accession: string, allele: Allele, sequences: Sequences): Promise<Reach> {
  const unit = allele.deleted + allele.inserted;
  const length = await sequences.length(accession);
  if (allele.end0 > length) {
    throw new InvalidInputError(`${accession} has ${length} bases; the allele reaches to ${allele.end0}`);
  }
  const left = await slide(Math.min(allele.start0, GREATEST_REACH), async (from, to) => {
    const start0 = interbase(allele.start0 - to);
    const bases = await sequences.sequence(accession, { start0, end0: interbase(allele.start0 - from) });
    return matchLeft(bases, unit, from);
  });
  const right = await slide(Math.min(length - allele.end0, GREATEST_REACH), async (from, to) => {
    const start0 = interbase(allele.end0 + from);
    const bases = await sequences.sequence(accession, { start0, end0: interbase(allele.end0 + to) });
    return matchRight(bases, unit, from);
  });
  return { left, right };
}

/** Reads ever larger windows until one is not matched to its end, or nothing is left. */
async function slide(available: number, match: (from: number, to: number) => Promise<number>): Promise<number> {
  let reach = 0;
  for (let window = FIRST_WINDOW; reach < available; window *= 4) {
    const to = Math.min(available, reach + window);
    const matched = await match(reach, to);
    if (matched < to - reach) return reach + matched;
    reach = to;
  }
  if (reach >= GREATEST_REACH) throw new CannotAnswerError(`the allele slides along more than ${GREATEST_REACH} bases`);
  return reach;
}

/** Bases at the right end of `bases` that continue the unit leftwards, `from` bases having matched before. */
function matchLeft(bases: string, unit: string, from: number): number {
  let matched = 0;
  while (matched < bases.length) {
    const expected = unit[unit.length - 1 - ((from + matched) % unit.length)];
    if (bases[bases.length - 1 - matched] !== expected || expected === 'N') break;
    matched++;
  }
  return matched;
}

function matchRight(bases: string, unit: string, from: number): number {
  let matched = 0;
  while (matched < bases.length) {
    const expected = unit[(from + matched) % unit.length];
    if (bases[matched] !== expected || expected === 'N') break;
    matched++;
  }
  return matched;
}

/**
 * The allele that an SPDI means: the deleted bases are read from the reference when only their number is stated.
 *
 * @throws CannotAnswerError when they must be read and the sequence is not loaded.
 */
export async function alleleOfSpdi(spdi: Spdi, sequences?: Sequences): Promise<Allele> {
  const { accession, start0, deletedLength, inserted } = spdi;
  const end0 = shift(start0, deletedLength);
  if (spdi.deleted !== undefined) return { start0, end0, deleted: spdi.deleted, inserted };
  if (sequences === undefined || !sequences.has(accession, { start0, end0 })) {
    throw new CannotAnswerError(
      `'${deletedLength}' deleted bases of ${accession} must be read from its reference sequence, which is not loaded; write the bases, or add it with 'genomics reference add --fasta FILE'`,
    );
  }
  return { start0, end0, deleted: await sequences.sequence(accession, { start0, end0 }), inserted };
}

/**
 * The canonical contextual SPDI of an allele, as text.
 *
 * @throws InvalidInputError when the deleted bases are not those of the reference.
 * @throws CannotAnswerError as {@link normalise} does.
 */
export async function canonicalSpdi(accession: string, allele: Allele, sequences?: Sequences): Promise<string> {
  const normalised = await normalise(accession, allele, sequences);
  if (normalised.reference === 'differs') throw mismatchError(accession, normalised.mismatch);
  return formatSpdi(accession, normalised.allele);
}

/** The refusal of an allele whose deleted bases the reference does not have. */
export function mismatchError(accession: string, mismatch: ReferenceMismatch, expression?: string): InvalidInputError {
  const { start0, stated, found } = mismatch;
  return new InvalidInputError(
    `the reference has '${shorten(found)}' where '${shorten(stated)}' is stated (first difference at ${accession}:${start0}, 0-based)`,
    expression,
  );
}

function shorten(bases: string): string {
  return bases.length <= 40 ? bases : `${bases.slice(0, 37)}... (${bases.length} bases)`;
}
