import { currentSystem, SYSTEM } from '../fhir/codes.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type { AllelesOfGene } from '../genomics/genotype-finding.ts';
import { type GenotypeName, isHlaGene, readGenotypeName } from '../genomics/genotype-name.ts';
import { readHlaName } from '../genomics/hla/name.ts';
import { type HlaNomenclature, mayBeSame } from '../genomics/hla/nomenclature.ts';
import { splitToken } from './subject-view.ts';

/** A gene, haplotype or genotype of a request. */
export interface AskedHaplotype {
  /** As the caller wrote it. */
  readonly text: string;
  readonly system?: string;
  readonly code: string;
  /** Undefined for a code of a system whose form names no gene. */
  readonly name?: GenotypeName;
}

/**
 * Reads haplotypes and genotypes of a request: `CYP2C19 *17`, `CYP2C19 *1/*17`, `HLA-A*23`, a GL String, a gene alone,
 * or a code with its system.
 *
 * @throws InvalidInputError naming `haplotypes` when a text names no gene: `*17` is an allele of many
 */
export function readHaplotypes(tokens: readonly string[]): readonly AskedHaplotype[] {
  return tokens.map((text) => {
    const { system, code } = splitToken(text.trim());
    const name = readGenotypeName(code);
    if (name === undefined && system === undefined) {
      throw new InvalidInputError(
        `'${text}' is no haplotype or genotype with its gene; write CYP2C19 *17, CYP2C19 *1/*17 or HLA-A*23:01`,
        'haplotypes',
      );
    }
    return {
      text,
      ...(system === undefined ? {} : { system: currentSystem(system) }),
      code,
      ...(name === undefined ? {} : { name }),
    };
  });
}

/** IPD-IMGT/HLA names alleles, and GL Strings are made of its names. */
const NAMES_HLA: ReadonlySet<string> = new Set([SYSTEM.imgtHla, SYSTEM.glString]);

/**
 * Whether a genotype is, or holds, what was asked. Alleles are compared whole and in any order, each with a copy of its
 * own: `*1/*1` is not in `*1/*17`. Without a system case does not matter. A genotype whose code has no system is told by
 * its name alone.
 *
 * @param nomenclature tells which HLA alleles bind antigens alike; without it names are compared by their fields
 */
export function isHeld(
  asked: AskedHaplotype,
  { gene, coding, alleles }: AllelesOfGene,
  nomenclature: HlaNomenclature | undefined,
): boolean {
  const { system, code, name } = asked;
  const own = coding.system && currentSystem(coding.system);
  const hla = isHlaGene(gene.symbol);
  if (system !== undefined && own !== undefined && system !== own && !(hla && NAMES_HLA.has(system))) return false;
  const same = (a: string, b: string) => (system === undefined ? a.toLowerCase() === b.toLowerCase() : a === b);
  if (same(code, coding.code) || same(code, coding.display)) return true;
  if (name === undefined || !same(name.gene, gene.symbol)) return false;
  const sameAllele = hla
    ? (one: string, other: string) => sameHla(one, other, nomenclature)
    : (one: string, other: string) => same(one, other);
  return eachWithOwn(name.alleles, alleles, sameAllele);
}

/** Whether every asked allele has a copy that no other one has. A genotype has two copies, seldom one or more. */
function eachWithOwn(
  asked: readonly string[],
  copies: readonly string[],
  same: (asked: string, copy: string) => boolean,
): boolean {
  const [first, ...others] = asked;
  if (first === undefined) return true;
  return copies.some((copy, place) => same(first, copy) && eachWithOwn(others, copies.toSpliced(place, 1), same));
}

/** Either may list what one copy may be, as in `HLA-A*01:01/HLA-A*01:02`. */
function sameHla(asked: string, found: string, nomenclature: HlaNomenclature | undefined): boolean {
  return asked.split('/').some((one) =>
    found.split('/').some((other) => {
      const [name, allele] = [readHlaName(one), readHlaName(other)];
      if (name === undefined || allele === undefined) return one.toUpperCase() === other.toUpperCase();
      return mayBeSame(name, allele, nomenclature);
    }),
  );
}
