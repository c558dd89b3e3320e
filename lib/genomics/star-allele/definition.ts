import type { Assembly } from '../assembly.ts';
import type { Interbase } from '../coordinates.ts';

/** A place whose base tells named alleles of a gene apart. Alleles are spelt as in VCF: anchored, forward strand. */
export interface DefiningPosition {
  /** 0-based, of the first base of `reference`. Unique within a gene. */
  readonly start0: Interbase;
  readonly reference: string;
  readonly alternatives: readonly string[];
  readonly rsid: string | undefined;
  /** Genomic HGVS without accession, such as `g.94775367A>G`. */
  readonly hgvs: string;
}

/** A star allele, or an allele of a gene that has no stars (`c.1905+1G>A (*2A)`, `rs9923231 variant (T)`). */
export interface NamedAllele {
  readonly name: string;
  /** The name to report where the definition splits an allele in sub-alleles (`*45.001` is reported `*45`). */
  readonly reportedAs: string;
  /**
   * What the definition states at each position of the gene, in the order of `GeneDefinition.positions`: an allele, an
   * IUPAC code for any of several bases, or undefined where the reference allele's base is meant.
   */
  readonly stated: readonly (string | undefined)[];
}

/** The named alleles of one gene in one release. */
export interface GeneDefinition {
  readonly gene: string;
  /** Of the release, such as `2025-11-05-00-25`: an answer rests on it. */
  readonly version: string;
  readonly assembly: Assembly;
  /** Of the chromosome, such as NC_000010.11. */
  readonly accession: string;
  readonly positions: readonly DefiningPosition[];
  /** The reference allele is the first, and states a base at every position. */
  readonly alleles: readonly [reference: NamedAllele, ...others: NamedAllele[]];
}

/**
 * Whether an allele of a definition says something about a position that not every allele known there would satisfy:
 * without a call there, nobody can say whether a haplotype is this allele.
 */
export function restsOn(definition: GeneDefinition, allele: NamedAllele, position: number): boolean {
  const stated = allele.stated[position];
  const defining = definition.positions[position];
  if (stated === undefined || defining === undefined) return false;
  const accepted = basesOf(stated);
  return [defining.reference, ...defining.alternatives].some((known) => !accepted.includes(known));
}

/** The alleles that a statement of a definition accepts: itself, or every base of an IUPAC code. */
export function basesOf(stated: string): readonly string[] {
  return WOBBLE.get(stated) ?? [stated];
}

// IUPAC codes of more than one base (NC-IUB 1984); A, C, G and T stand for themselves.
const WOBBLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['R', ['A', 'G']],
  ['Y', ['C', 'T']],
  ['S', ['C', 'G']],
  ['W', ['A', 'T']],
  ['K', ['G', 'T']],
  ['M', ['A', 'C']],
  ['B', ['C', 'G', 'T']],
  ['D', ['A', 'G', 'T']],
  ['H', ['A', 'C', 'T']],
  ['V', ['A', 'C', 'G']],
  ['N', ['A', 'C', 'G', 'T']],
]);
