import type { AllelicState } from './allele.ts';
import type { Sex } from './study.ts';

/** A GT field: which alleles a sample carries (0 = REF, n = the n-th ALT), one per haplotype or chromosome copy. */
export interface Genotype {
  readonly text: string;
  /** Undefined for a missing allele (`.`). */
  readonly alleles: readonly (number | undefined)[];
  /** Whether every allele after the first is joined by `|`. False for haploid calls: one allele has no phase. */
  readonly phased: boolean;
}

/** From this share of reads a mitochondrial allele counts as the only one. */
const HOMOPLASMIC_FRACTION = 0.95;

/** `haplotypes` is a SMALLINT bit mask. */
const MAX_HAPLOTYPES = 15;

const GENOTYPE = /^[|/]?(?:\.|\d{1,6})(?:[|/](?:\.|\d{1,6}))*$/;

/**
 * Reads a GT field such as `0|1`, `1/2`, `.`, `1` or VCF 4.4's `|0/1` with a leading phase sign. Undefined when the text is no genotype.
 *
 * @see https://samtools.github.io/hts-specs/VCFv4.5.pdf section 1.6.2
 */
export function parseGenotype(text: string): Genotype | undefined {
  if (!GENOTYPE.test(text)) return undefined;
  const stated = text.replace(/^[|/]/, '');
  const alleles = stated.split(/[|/]/).map((allele) => (allele === '.' ? undefined : Number(allele)));
  return { text, alleles, phased: alleles.length > 1 && !stated.includes('/') };
}

/** Whether no allele is missing. */
export function isComplete({ alleles }: Genotype): boolean {
  return !alleles.includes(undefined);
}

/** Distinct ALT numbers the genotype carries, ascending. */
export function carriedAlleles({ alleles }: Genotype): readonly number[] {
  const carried = new Set(alleles.filter((allele) => allele !== undefined && allele > 0) as number[]);
  return [...carried].sort((a, b) => a - b);
}

/** Bit i is set when haplotype i carries the allele; undefined when the genotype is unphased or has over 15 copies. */
export function haplotypesOf({ alleles, phased }: Genotype, allele: number): number | undefined {
  if (!phased || alleles.length > MAX_HAPLOTYPES) return undefined;
  return alleles.reduce<number>((mask, carried, haplotype) => (carried === allele ? mask | (1 << haplotype) : mask), 0);
}

/** Where a genotype stands, as far as it decides what the number of copies means. */
export interface CopyContext {
  /** `X` and `Y` outside the pseudoautosomal regions; the regions themselves count as `autosomal`. */
  readonly site: 'autosomal' | 'X' | 'Y' | 'mitochondrial';
  readonly sex?: Sex;
  /** Share of reads that show the allele, 0 to 1; decides on the mitochondrial genome. */
  readonly alleleFraction?: number;
}

/**
 * The allelic state of an ALT that the genotype carries; undefined where the genotype does not say:
 * a missing copy, a haploid call on an autosome, a homozygous-coded X of a person whose sex is unknown.
 */
export function allelicStateOf(genotype: Genotype, allele: number, context: CopyContext): AllelicState | undefined {
  if (context.site === 'mitochondrial') return plasmyOf(genotype, allele, context.alleleFraction);
  if (!isComplete(genotype)) return undefined;
  const only = genotype.alleles.every((carried) => carried === allele);
  if (!only) return 'heterozygous';
  const haploid = genotype.alleles.length === 1;
  if (context.site === 'autosomal') return haploid ? undefined : 'homozygous';
  if (haploid || context.sex === 'male') return 'hemizygous';
  // Nobody is homozygous on Y: an allele there is on the one Y, unless the subject is said to have none.
  if (context.site === 'Y') return context.sex === 'female' ? undefined : 'hemizygous';
  return context.sex === 'female' ? 'homozygous' : undefined;
}

function plasmyOf(genotype: Genotype, allele: number, fraction: number | undefined): AllelicState | undefined {
  if (fraction !== undefined) return fraction >= HOMOPLASMIC_FRACTION ? 'homoplasmic' : 'heteroplasmic';
  if (!isComplete(genotype)) return undefined;
  return genotype.alleles.every((carried) => carried === allele) ? 'homoplasmic' : 'heteroplasmic';
}
