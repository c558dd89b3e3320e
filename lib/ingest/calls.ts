import type { Chromosome } from '../genomics/assembly.ts';
import {
  allelicStateOf,
  type CopyContext,
  carriedAlleles,
  type Genotype,
  haplotypesOf,
  isComplete,
  parseGenotype,
} from '../genomics/genotype.ts';
import type { Sex } from '../genomics/study.ts';

/** A genotype as the scanner meets it again and again: parsed once per spelling. */
export interface KnownGenotype {
  readonly genotype: Genotype;
  readonly carried: readonly number[];
  readonly complete: boolean;
  /** Greatest allele number; 0 when none is called. */
  readonly highest: number;
  /** Call numbers by rule and allele, filled when first needed. */
  readonly numbers: Map<number, number>;
}

/** One distinct (genotype, allele, allelic state): what `calls` rows of a part refer to. */
export interface CallRow {
  readonly genotype: string | undefined;
  readonly allelicState: string | undefined;
  readonly phased: boolean;
  readonly haplotypes: number | undefined;
}

/** Dictionary of genotypes and calls of one input. */
export interface CallDictionary {
  readonly rows: readonly CallRow[];
  /** The genotype spelled by `bytes[start, end)`; undefined when it is none. */
  genotype(bytes: Buffer, start: number, end: number): KnownGenotype | undefined;
  /** Number of the call of an allele. */
  call(known: KnownGenotype, allele: number, rule: number): number;
  /** Number of a call that states no allelic state: records without GT, copy numbers without a called genotype. */
  bareCall(genotype: string | undefined): number;
}

/** Rules of reading copies, as small numbers: the scanner's inner loop looks calls up by them. */
export const AUTOSOMAL = 0;
const SEX_NUMBER: Readonly<Record<Sex | 'unknown', number>> = { unknown: 0, male: 1, female: 2 };
const X_RULE = 1;
const Y_RULE = 4;
const MITOCHONDRIAL = 7;
const HOMOPLASMIC = 8;
const HETEROPLASMIC = 9;
const RULES: readonly CopyContext[] = [
  { site: 'autosomal' },
  { site: 'X' },
  { site: 'X', sex: 'male' },
  { site: 'X', sex: 'female' },
  { site: 'Y' },
  { site: 'Y', sex: 'male' },
  { site: 'Y', sex: 'female' },
  { site: 'mitochondrial' },
  { site: 'mitochondrial', alleleFraction: 1 },
  { site: 'mitochondrial', alleleFraction: 0 },
];

/** Rule of a site for a sex; on the mitochondrial genome `plasmyRule` refines it. */
export function ruleOf(chromosome: Chromosome, sexLinked: boolean, sex: Sex | undefined): number {
  if (chromosome === 'MT' || chromosome === 'MT-hg19') return MITOCHONDRIAL;
  if (!sexLinked) return AUTOSOMAL;
  return (chromosome === 'X' ? X_RULE : Y_RULE) + SEX_NUMBER[sex ?? 'unknown'];
}

/** On the mitochondrial genome a known fraction decides. */
export function plasmyRule(rule: number, fraction: number | undefined): number {
  if (rule !== MITOCHONDRIAL || fraction === undefined) return rule;
  const probe = { text: '1', alleles: [1], phased: false };
  const state = allelicStateOf(probe, 1, { site: 'mitochondrial', alleleFraction: fraction });
  return state === 'homoplasmic' ? HOMOPLASMIC : HETEROPLASMIC;
}

/** Allele numbers of a call's key: far beyond any record's number of ALTs. */
const ALLELES = 1_000_000;

export function callDictionary(): CallDictionary {
  const rows: CallRow[] = [];
  const byRow = new Map<string, number>();
  const byBytes = new Map<number, KnownGenotype>();
  const byText = new Map<string, KnownGenotype>();

  const number = (row: CallRow): number => {
    const key = `${row.genotype ?? ''}\t${row.allelicState ?? ''}\t${row.haplotypes ?? ''}`;
    const known = byRow.get(key);
    if (known !== undefined) return known;
    byRow.set(key, rows.length);
    rows.push(row);
    return rows.length - 1;
  };
  const learn = (text: string): KnownGenotype | undefined => {
    const seen = byText.get(text);
    if (seen !== undefined) return seen;
    const genotype = parseGenotype(text);
    if (genotype === undefined) return undefined;
    const carried = carriedAlleles(genotype);
    const known = {
      genotype,
      carried,
      complete: isComplete(genotype),
      highest: carried.at(-1) ?? 0,
      numbers: new Map(),
    };
    byText.set(text, known);
    return known;
  };

  return {
    rows,
    genotype(bytes, start, end) {
      const length = end - start;
      if (length > 3 || length === 2 || length < 1) return learn(bytes.toString('latin1', start, end));
      // One to three bytes fit a small integer, which finds the genotype without making a string.
      const rest = length === 1 ? 0 : ((bytes[start + 1] as number) << 8) | ((bytes[start + 2] as number) << 16);
      const key = (bytes[start] as number) | rest;
      const seen = byBytes.get(key);
      if (seen !== undefined) return seen;
      const known = learn(bytes.toString('latin1', start, end));
      if (known !== undefined) byBytes.set(key, known);
      return known;
    },
    call(known, allele, rule) {
      const key = rule * ALLELES + allele;
      const seen = known.numbers.get(key);
      if (seen !== undefined) return seen;
      const { genotype } = known;
      const made = number({
        genotype: genotype.text,
        allelicState: allelicStateOf(genotype, allele, RULES[rule] as CopyContext),
        phased: genotype.phased,
        haplotypes: haplotypesOf(genotype, allele),
      });
      known.numbers.set(key, made);
      return made;
    },
    bareCall: (genotype) => number({ genotype, allelicState: undefined, phased: false, haplotypes: undefined }),
  };
}
