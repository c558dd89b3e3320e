import type { Provenance, StoredVariant } from './variant.ts';

/** A gene as HGNC names it. */
export interface GeneName {
  readonly symbol: string;
  /** Such as `HGNC:2621`; undefined when nobody said. */
  readonly hgncId?: string;
}

/** A genotype or haplotype in a code system, such as PharmVar's `CYP2C19 *2/*17`. */
export interface AlleleCoding {
  /** URI; undefined for names that no code system defines. */
  readonly system?: string;
  readonly code: string;
  readonly display: string;
}

/** What is known of the gene in one person: two named alleles, or fewer where there are fewer copies. */
export interface NamedGenotype {
  readonly gene: GeneName;
  readonly coding: AlleleCoding;
  /** Such as `Intermediate Metabolizer`. */
  readonly phenotype?: string;
  /** Text, because sources also write `≥3.0`. */
  readonly activityScore?: string;
  /** Genotypes that explain the data equally well, this one among them; 1 when it is the only one. */
  readonly candidates: number;
}

/** A genotype that another caller found, as it was imported. */
export interface StoredGenotype extends Provenance, NamedGenotype {}

/** A genotype of one subject, imported or called from stored variants. */
export interface GenotypeFinding extends StoredGenotype {
  /** Whole names of the alleles, one for each copy: `*2` and `*17`; of HLA genes with the gene, `HLA-A*23:01`. */
  readonly alleles: readonly string[];
  readonly origin: 'imported' | 'called';
  /** The stored variants that a call rests on; empty for an imported genotype. */
  readonly basis: readonly StoredVariant[];
}
