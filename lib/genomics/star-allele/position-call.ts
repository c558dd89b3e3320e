import { type Allele, trim } from '../allele.ts';
import { parseGenotype } from '../genotype.ts';
import type { Interval } from '../interval.ts';
import { slides } from '../normalise.ts';
import { sameEvent } from '../same-event.ts';
import type { StoredVariant } from '../variant.ts';
import type { CalledAlleles } from './observation.ts';
import type { PlacedPosition } from './placed-position.ts';

/**
 * What the rows of one input say of a position. A copy that no row describes has the reference's allele only if the
 * test could have seen another one: `seen` lists intervals, and the call holds if any one of them was callable.
 * Without `seen` the rows say all.
 */
export type PositionReading<Row = StoredVariant> =
  | 'not called'
  | { readonly call: CalledAlleles; readonly rows: readonly Row[]; readonly seen?: readonly Interval[] };

/** What is read of a row. */
export type CalledRow = Pick<
  StoredVariant,
  'reportedStart0' | 'ref' | 'alt' | 'genotype' | 'allelicState' | 'phaseSet' | 'haplotypes'
>;

/** An allele that a row states at the position, spelt as in the definition; its own spelling where that has none. */
interface Carried<Row> {
  readonly allele: string;
  readonly row: Row;
}

/**
 * Reads a position from the rows near it: those of one input of one subject. Whatever leaves a copy open (a half call,
 * three copies, an unlisted insertion or deletion where the position's would lie, two variants on one strand) makes it
 * not called.
 */
export function readPosition<Row extends CalledRow>(
  placed: PlacedPosition,
  rows: readonly Row[],
): PositionReading<Row> {
  const carried: Carried<Row>[] = [];
  for (const row of rows) {
    const stated = statedAt(placed, row);
    if (stated === 'unreadable') return 'not called';
    if (stated !== undefined) carried.push({ allele: stated, row });
  }
  const [first, second, third] = carried;
  if (first === undefined) return referenceOnly(placed);
  if (third !== undefined) return 'not called';
  if (second !== undefined) return twoAlleles(first, second);
  return oneAllele(first, placed);
}

/** The allele that a row states; undefined when it leaves the position as it is. */
function statedAt(placed: PlacedPosition, row: CalledRow): string | 'unreadable' | undefined {
  const stated = trim(row.reportedStart0, row.ref.toUpperCase(), row.alt.toUpperCase());
  const event = placed.events.find(({ change, context }) => sameEvent(change, context, stated));
  if (event !== undefined) return event.allele;
  const keepsLength = stated.deleted.length === stated.inserted.length;
  if (!placed.substitution) return !keepsLength && touches(stated, placed.reach) ? 'unreadable' : undefined;
  if (stated.start0 >= placed.end0 || stated.end0 <= placed.start0) return undefined;
  if (!keepsLength || stated.start0 > placed.start0 || stated.end0 < placed.end0) return 'unreadable';
  const from = placed.start0 - stated.start0;
  const bases = stated.inserted.slice(from, from + placed.end0 - placed.start0);
  const allele = placed.alleles.get(bases) ?? bases;
  return allele === placed.reference ? undefined : allele;
}

// Adjoining counts: an insertion has no width, and a repeat's next unit may be stated at either end.
function touches(stated: Allele, reach: Interval): boolean {
  return stated.start0 <= reach.end0 && stated.end0 >= reach.start0;
}

function referenceOnly(placed: PlacedPosition): PositionReading<never> {
  const { reference, events, start0, end0 } = placed;
  const deletions = events.flatMap(({ change }) => (slides(change) && change.deleted !== '' ? [change] : []));
  // What is deleted tells as much as the definition's spelling, which may be anchored elsewhere than the file's.
  const [only] = deletions.length === events.length && deletions.length === 1 ? deletions : [];
  const seen = [{ start0, end0 }, ...(only === undefined ? [] : [{ start0: only.start0, end0: only.end0 }])];
  return { call: { alleles: [reference, reference] }, rows: [], seen };
}

function oneAllele<Row extends CalledRow>(
  { allele, row }: Carried<Row>,
  { reference }: PlacedPosition,
): PositionReading<Row> {
  const genotype = diploid(row);
  if (genotype === undefined) return 'not called';
  if (row.allelicState === 'homozygous') return { call: { alleles: [allele, allele] }, rows: [row] };
  // A `1/2` whose other allele no row states has no copy of the reference.
  if (row.allelicState !== 'heterozygous' || !genotype.includes(0)) return 'not called';
  const { reportedStart0: start0, ref, phaseSet, haplotypes } = row;
  const seen = [{ start0, end0: (start0 + ref.length) as Interval['end0'] }];
  const alleles = haplotypes === 1 ? ([allele, reference] as const) : ([reference, allele] as const);
  const phased = phaseSet !== undefined && (haplotypes === 1 || haplotypes === 2);
  return { call: { alleles, ...(phased ? { phaseSet } : {}) }, rows: [row], seen };
}

function twoAlleles<Row extends CalledRow>(first: Carried<Row>, second: Carried<Row>): PositionReading<Row> {
  const rows = [first.row, second.row];
  if (first.allele === second.allele) return 'not called';
  if (rows.some((row) => diploid(row) === undefined || row.allelicState !== 'heterozygous')) return 'not called';
  const alleles = [first.allele, second.allele] as const;
  const { phaseSet } = first.row;
  if (phaseSet === undefined || phaseSet !== second.row.phaseSet) return { call: { alleles }, rows };
  const strands = `${first.row.haplotypes}${second.row.haplotypes}`;
  if (strands === '12') return { call: { alleles, phaseSet }, rows };
  return strands === '21' ? { call: { alleles: [second.allele, first.allele], phaseSet }, rows } : 'not called';
}

/** ALT numbers of a complete genotype of two copies; undefined for any other. */
function diploid({ genotype }: CalledRow): readonly number[] | undefined {
  const alleles = genotype === undefined ? undefined : parseGenotype(genotype)?.alleles;
  if (alleles?.length !== 2) return undefined;
  return alleles.every((allele) => allele !== undefined) ? (alleles as readonly number[]) : undefined;
}
