import type { GenomicInterval } from './interval.ts';
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

/** A genotype with its alleles told apart, whoever has it. */
export interface AllelesOfGene extends NamedGenotype {
  /** As {@link GenotypeFinding.alleles}. */
  readonly alleles: readonly string[];
}

/** A genotype of one subject, imported or called from stored variants. */
export interface GenotypeFinding extends StoredGenotype {
  /** Whole names of the alleles, one for each copy: `*2` and `*17`; of HLA genes with the gene, `HLA-A*23:01`. */
  readonly alleles: readonly string[];
  readonly origin: 'imported' | 'called';
  /** Release of the definitions that a call was made with; absent for an imported genotype. */
  readonly definitions?: string;
  /** The stored variants that a call rests on; empty for an imported genotype. */
  readonly basis: readonly StoredVariant[];
}

/** A gene of which a test gives no genotype, and why. */
export interface MissingGenotype {
  readonly gene: string;
  /** Identifier of the test; undefined when none was looked at. */
  readonly testId?: string;
  /**
   * `undetermined`: positions that were not called decide. `unmatched`: no two named alleles explain what was called.
   * `not-tested`: the test called none of the positions, or there is no germline test. `not-defined`: no definition of
   * the gene's alleles is loaded. `not-called`: the gene is not called here, and no genotype of it was imported.
   */
  readonly outcome: 'undetermined' | 'unmatched' | 'not-tested' | 'not-defined' | 'not-called';
  /** Release of the allele definitions. */
  readonly definitions?: string;
  /** Positions that decide and were not called, in the assembly of the definitions; empty unless undetermined. */
  readonly missing: readonly (GenomicInterval & { readonly rsid?: string | undefined })[];
}
