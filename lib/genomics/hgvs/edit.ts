import { type Allele, reverseComplement } from '../allele.ts';
import { interbase, shift } from '../coordinates.ts';
import { CannotAnswerError, InvalidInputError } from '../errors.ts';
import type { Interval } from '../interval.ts';
import { referenceMismatch } from '../normalise.ts';
import type { Sequences } from '../ports.ts';
import type { Affected, HgvsEdit, RepeatUnit } from './variant.ts';

/** Where an edit happens: bases of a genomic sequence, read in the direction of `strand`. */
export interface EditPlace extends Interval {
  readonly accession: string;
  readonly strand: 1 | -1;
}

/** How an error names the input. */
export interface Naming {
  readonly text: string;
  readonly expression: string | undefined;
}

/** Bases as the description reads them: those of the other strand are turned around. */
export function oriented(bases: string, strand: 1 | -1): string {
  return strand === 1 ? bases : reverseComplement(bases);
}

/** What a description repeats of the bases it changes. */
export function affectedBases(edit: HgvsEdit): Affected {
  switch (edit.kind) {
    case 'substitution':
    case 'deletion':
    case 'delins':
      return edit.deleted;
    case 'duplication':
      return edit.duplicated;
    case 'inversion':
      return edit.inverted;
    case 'identity':
      return edit.unchanged;
    case 'insertion':
    case 'repeat':
      return undefined;
  }
}

/**
 * Checks what a description repeats of the bases it changes against their number and, where known, against them.
 *
 * @throws InvalidInputError when they disagree.
 */
export function checkAffected(edit: HgvsEdit, length: number, known: string | undefined, naming: Naming): void {
  const affected = affectedBases(edit);
  if (affected === undefined) return;
  const count = typeof affected === 'number' ? affected : affected.length;
  if (count !== length) {
    throw new InvalidInputError(
      `'${naming.text}' names positions of ${length} base${length === 1 ? '' : 's'} and states ${count}`,
      naming.expression,
    );
  }
  if (typeof affected === 'number' || known === undefined) return;
  if (referenceMismatch(interbase(0), affected, known) === undefined) return;
  throw new InvalidInputError(
    `'${naming.text}' states ${affected} where the reference has ${known}`,
    naming.expression,
  );
}

/**
 * The bases that an edit leaves in place of `bases`; repeats replace the whole stretch.
 *
 * @throws InvalidInputError when repeats don't fit the stretch.
 */
export function editedBases(edit: HgvsEdit, bases: string, naming: Naming): string {
  switch (edit.kind) {
    case 'substitution':
    case 'delins':
    case 'insertion':
      return edit.inserted;
    case 'deletion':
      return '';
    case 'duplication':
      return bases + bases;
    case 'inversion':
      return reverseComplement(bases);
    case 'identity':
      return bases;
    case 'repeat':
      return repeated(edit.units, bases, naming);
  }
}

function repeated(units: readonly RepeatUnit[], bases: string, { text, expression }: Naming): string {
  const [first] = units;
  const unit = first?.bases ?? bases;
  if (units.length === 1 && unit.repeat(bases.length / unit.length) !== bases) {
    throw new InvalidInputError(
      `'${text}': the reference has ${bases} there, which is not ${unit} repeated`,
      expression,
    );
  }
  const total = units.reduce((sum, one) => sum + (one.bases ?? bases).length * one.count, 0);
  if (total > 1_000_000) throw new InvalidInputError(`'${text}' makes more than a million bases`, expression);
  return units.map((one) => (one.bases ?? bases).repeat(one.count)).join('');
}

/**
 * The allele that an edit makes at a place of a genomic sequence, on the plus strand; not normalised.
 *
 * @throws InvalidInputError when the description contradicts the reference.
 * @throws CannotAnswerError when bases must be read that are not loaded.
 */
export async function alleleOfEdit(
  edit: HgvsEdit,
  place: EditPlace,
  sequences: Sequences | undefined,
  naming: Naming,
): Promise<Allele> {
  const { accession, strand } = place;
  const reader = sequences?.has(accession) === true ? sequences : undefined;
  const read = async (interval: Interval): Promise<string | undefined> =>
    reader?.has(accession, interval) === true
      ? oriented(await reader.sequence(accession, interval), strand)
      : undefined;
  const stretch = edit.kind === 'repeat' ? await repeatStretch(edit.units, place, read, reader, naming) : place;
  const known = await read(stretch);
  checkAffected(edit, stretch.end0 - stretch.start0, known, naming);
  const affected = affectedBases(edit);
  const bases = known ?? (typeof affected === 'string' ? affected : stretch.start0 === stretch.end0 ? '' : undefined);
  if (bases === undefined) {
    throw new CannotAnswerError(
      `'${naming.text}' does not state the bases it changes, and the reference sequence ${accession} is not loaded; add it with 'genomics reference add --fasta FILE'`,
      naming.expression,
    );
  }
  const inserted = oriented(editedBases(edit, bases, naming), strand);
  return { start0: stretch.start0, end0: stretch.end0, deleted: oriented(bases, strand), inserted };
}

/**
 * The whole tract of a repeat. Positions of one unit (or of its first base) stand for all copies that follow; longer
 * ones must hold nothing but copies.
 */
async function repeatStretch(
  units: readonly RepeatUnit[],
  place: EditPlace,
  read: (interval: Interval) => Promise<string | undefined>,
  sequences: Sequences | undefined,
  naming: Naming,
): Promise<EditPlace> {
  const size = place.end0 - place.start0;
  const unitSize = units[0]?.bases?.length ?? size;
  if (units.length > 1 || size > unitSize) return place;
  if (size !== unitSize && size !== 1) {
    throw new InvalidInputError(`'${naming.text}' names ${size} bases for a unit of ${unitSize}`, naming.expression);
  }
  const forward = place.strand === 1;
  const grown = (bases: number): EditPlace =>
    forward ? { ...place, end0: shift(place.start0, bases) } : { ...place, start0: shift(place.end0, -bases) };
  const length = sequences === undefined ? 0 : await sequences.length(place.accession);
  const available = forward ? length - place.start0 : place.end0;
  const unit = units[0]?.bases ?? (await read(place));
  if (unit === undefined) return grown(unitSize);
  let copies = 0;
  for (let window = 16; ; window *= 4) {
    const bases = await read(grown(Math.min(available, window * unitSize)));
    // Without the reference the copies can't be counted; alleleOfEdit says so.
    if (bases === undefined) return grown(unitSize);
    while (bases.startsWith(unit, copies * unitSize)) copies++;
    if (copies * unitSize + unitSize <= bases.length || bases.length === available || window > 65_536) break;
  }
  if (copies === 0) {
    throw new InvalidInputError(`'${naming.text}': the reference does not have ${unit} there`, naming.expression);
  }
  return grown(copies * unitSize);
}
