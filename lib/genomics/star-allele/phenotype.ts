import type { ActivityValues } from './lowest-function.ts';

/** What the alleles and diplotypes of one gene mean, in one release. */
export interface PhenotypeTable {
  readonly gene: string;
  readonly version: string;
  /** Function by allele name, such as `No function`. */
  readonly functions: ReadonlyMap<string, string>;
  /** Empty for genes without activity scores. */
  readonly activity: ActivityValues;
  /** By `diplotypeKey`. */
  readonly diplotypes: ReadonlyMap<string, DiplotypePhenotype>;
}

/** What a diplotype means. */
export interface DiplotypePhenotype {
  /** Such as `Intermediate Metabolizer`. */
  readonly phenotype: string;
  /** Sum of two activity values; undefined for genes, and for diplotypes, without one. */
  readonly activityScore: number | undefined;
}

/** A name of the alleles of both copies, or of the only one, that does not depend on their order. */
export function diplotypeKey(alleles: readonly string[]): string {
  return alleles.toSorted().join('/');
}

/** The phenotype of a diplotype, or undefined where the release assigns none: never a guess from the two functions. */
export function phenotypeOf(table: PhenotypeTable, alleles: readonly string[]): DiplotypePhenotype | undefined {
  return table.diplotypes.get(diplotypeKey(alleles));
}
