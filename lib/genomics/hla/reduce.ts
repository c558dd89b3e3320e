import { formatHlaName, type HlaName, toFields } from './name.ts';
import { type HlaNomenclature, twoFieldName } from './nomenclature.ts';

/**
 * Ways to reduce an allele's name, as py-ard calls them.
 *
 * - `G`, `P`: the group of equal nucleotide or protein sequence where antigens bind; an allele in none stays itself.
 *   An allele that is not expressed has no protein, and no `P`.
 * - `lgx`: two fields of the G group, else of the allele. `lg`: the same with a `g`.
 * - `W`: every allele of the nomenclature that the name means. `exon`: these to their third field.
 *
 * @see https://github.com/nmdp-bioinformatics/py-ard
 */
export const HLA_REDUCTIONS = ['G', 'P', 'lg', 'lgx', 'W', 'exon'] as const;
export type HlaReduction = (typeof HLA_REDUCTIONS)[number];

/** The names that an allele, the beginning of one or a group reduces to, each once, in the order of the nomenclature. */
export function reduceHla(name: HlaName, to: HlaReduction, nomenclature: HlaNomenclature): readonly string[] {
  const reduced = nomenclature.alleles(name).flatMap((allele) => reduceOne(allele, to, nomenclature));
  return [...new Set(reduced)];
}

function reduceOne(allele: HlaName, to: HlaReduction, nomenclature: HlaNomenclature): readonly string[] {
  switch (to) {
    case 'W':
      return [formatHlaName(allele)];
    case 'exon':
      return [formatHlaName(toFields(allele, 3))];
    case 'G':
      return [formatHlaName(nomenclature.groupOf(allele, 'G') ?? allele)];
    case 'P':
      if (allele.expression === 'N') return [];
      return [formatHlaName(nomenclature.groupOf(allele, 'P') ?? allele)];
    case 'lgx':
      return [formatHlaName(twoFieldName(allele, nomenclature))];
    case 'lg':
      return [`${formatHlaName(twoFieldName(allele, nomenclature))}g`];
  }
}
