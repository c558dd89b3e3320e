import { type Allele, trim } from './allele.ts';
import type { Chromosome } from './assembly.ts';
import type { PlacedPosition } from './star-allele/placed-position.ts';
import { type CalledRow, readPosition } from './star-allele/position-call.ts';

/**
 * What all copies of a base are. Of two: `heterozygous`, one has a variant and the other the reference's base;
 * `homozygous`, both have it; `compound`, each has one of two variants. `hemizygous`: the only copy has it, of X, Y or the
 * mitochondrion.
 */
export const SITE_COPIES = ['heterozygous', 'homozygous', 'compound', 'hemizygous'] as const;
export type SiteCopies = (typeof SITE_COPIES)[number];

/** Copies as they were called. */
export interface CalledCopies<Row> {
  readonly copies: SiteCopies;
  /** The rows whose alleles these are: two of `compound`, else one. */
  readonly rows: readonly Row[];
}

/**
 * What all copies of one base are, by the rows of one input of one subject that lie there. A copy that no row describes
 * has the reference's base only where a genotype says so (`0/1`).
 *
 * @param base the exchange of one base that a row states there
 * @returns undefined where a copy is left open: no genotype or a half call, a deletion of the base, more than two
 * alleles, one copy of several reads (heteroplasmy)
 */
export function copiesAt<Row extends CalledRow>(
  base: Allele & { readonly chromosome: Chromosome },
  rows: readonly Row[],
): CalledCopies<Row> | undefined {
  const there = rows.filter((row) => touches(row, base));
  const [first] = there;
  if (first !== undefined && there.length === 1 && isOnlyCopy(first)) return { copies: 'hemizygous', rows: there };
  const reading = readPosition(positionOf(base), there);
  if (reading === 'not called') return undefined;
  const { call, rows: basis } = reading;
  if (basis.length === 2) return { copies: 'compound', rows: basis };
  if (basis.length === 0) return undefined;
  return { copies: call.alleles[0] === call.alleles[1] ? 'homozygous' : 'heterozygous', rows: basis };
}

function isOnlyCopy({ allelicState }: CalledRow): boolean {
  return allelicState === 'hemizygous' || allelicState === 'homoplasmic';
}

/** Whether a row changes the base; an insertion beside it does not. */
function touches(row: CalledRow, base: Allele): boolean {
  const { start0, end0 } = trim(row.reportedStart0, row.ref.toUpperCase(), row.alt.toUpperCase());
  return start0 < base.end0 && end0 > base.start0;
}

/** The base as a position of which no other allele is known: rows are read by their own bases. */
function positionOf({
  chromosome,
  start0,
  end0,
  deleted,
}: Allele & { readonly chromosome: Chromosome }): PlacedPosition {
  const position = { start0, reference: deleted, alternatives: [], rsid: undefined, hgvs: '' };
  return {
    ...{ start0, end0, position, chromosome, reference: deleted, alleles: new Map(), events: [] },
    ...{ substitution: true, reach: { start0, end0 } },
  };
}
