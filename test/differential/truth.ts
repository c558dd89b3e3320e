/**
 * The matching rule, stated a second time on bcftools' text, so that a fault in the product's own statement shows.
 * Nothing here imports the product.
 */

/** One carried allele as bcftools tells it. */
export interface JudgedAllele {
  readonly chrom: string;
  /** 1-based POS as in the file. */
  readonly pos: number;
  readonly ref: string;
  readonly alt: string;
  readonly genotype: string;
  /** Half-open, 0-based, of the bases that change. */
  readonly from: number;
  readonly to: number;
}

/** Fields of `bcftools query -f` that `allelesOf` reads. */
export const QUERY_FORMAT = '%CHROM\\t%POS\\t%REF\\t%ALT\\t%FILTER[\\t%GT]\\n';

const SEQUENCE = /^[ACGTNacgtn]+$/;

/** Every allele that a line's genotype carries, is stated as sequence and passed its filter. */
export function allelesOf([chrom, pos, ref, alts, filter, genotype]: readonly string[]): JudgedAllele[] {
  if (chrom === undefined || pos === undefined || ref === undefined || alts === undefined || genotype === undefined)
    return [];
  if (filter !== 'PASS' && filter !== '.') return [];
  const carried = new Set(genotype.split(/[/|]/).filter((allele) => allele !== '.' && allele !== '0'));
  return alts.split(',').flatMap((alt, index) => {
    if (!carried.has(String(index + 1)) || !SEQUENCE.test(alt) || alt.toUpperCase() === ref.toUpperCase()) return [];
    return [
      {
        chrom,
        pos: Number(pos),
        ref,
        alt,
        genotype,
        ...changed(Number(pos) - 1, ref.toUpperCase(), alt.toUpperCase()),
      },
    ];
  });
}

/** The bases that differ once the common end and then the common beginning are taken off. */
function changed(start: number, ref: string, alt: string): { from: number; to: number } {
  let [from, refEnd, altEnd] = [0, ref.length, alt.length];
  while (refEnd > from && altEnd > from && ref[refEnd - 1] === alt[altEnd - 1]) {
    refEnd--;
    altEnd--;
  }
  while (from < refEnd && from < altEnd && ref[from] === alt[from]) from++;
  return { from: start + from, to: start + refEnd };
}

/** An insertion point counts when it lies in [start, end); anything else when it shares a base with it. */
export function touches({ from, to }: { from: number; to: number }, start: number, end: number): boolean {
  const stop = end === start ? start + 1 : end;
  return from === to ? start <= from && from < stop : from < stop && to > start;
}

export const keyOf = ({ pos, ref, alt, genotype }: { pos: number; ref: string; alt: string; genotype: string }) =>
  `${pos} ${ref}>${alt} ${genotype}`;
