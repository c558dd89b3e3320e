import { type Assembly, sequencesOf } from '../../genomics/assembly.ts';
import type { SiteCopies } from '../../genomics/site-copies.ts';
import { spdiOf } from '../spdi-of.ts';
import { INDEL, type NoSite, type Site, type SiteIndex } from './site.ts';

/** What a genotype text asks of a subject: the variants of one assembly or both, and how they must be carried. */
export interface AskedGenotype {
  readonly variants: readonly string[];
  readonly copies: SiteCopies;
  /** Of a text that asks for something else, or for reference bases, in the other assembly. */
  readonly only?: Assembly;
}

/**
 * Why a genotype text of an rs number can't be joined with variants. An annotation's letters must be bases of the plus
 * strand, as PharmGKB has them; where they are not what is known at the place, none of its texts is joined.
 */
export type NotJoined =
  | NoSite
  | 'letters other than the alleles at its place'
  | 'one letter where there are two copies, or two where there is one';

/** Genotype texts of one annotation. */
export interface SiteGenotypes {
  /** Empty for a text of reference bases only, which no variant shows. */
  of(text: string): readonly AskedGenotype[] | NotJoined;
}

const GENOTYPE = /^([ACGT])\/?([ACGT])?$/;

/**
 * Reads genotype texts such as `CT`, `C/T` or, where there is one copy, `C`.
 *
 * @param texts all of one annotation, which is about one rs number
 */
export function siteGenotypes(rsid: string, texts: readonly string[], index: SiteIndex): SiteGenotypes {
  const sites = index.of(rsid);
  if (typeof sites === 'string') return { of: () => sites };
  const letters = new Set(texts.flatMap((text) => lettersOf(text) ?? []));
  if (!sites.every((site) => fits(site, letters))) return { of: () => 'letters other than the alleles at its place' };
  return {
    of(text) {
      const alleles = lettersOf(text);
      if (alleles === undefined) return INDEL;
      const asked: Required<AskedGenotype>[] = [];
      for (const site of sites) {
        if (!countFits(site, alleles.length)) {
          return 'one letter where there are two copies, or two where there is one';
        }
        const one = askedAt(site, alleles);
        if (one !== undefined) asked.push(one);
      }
      // One statement where both assemblies ask for the same: in one of them the other's alternative may be the reference.
      const [first, second] = asked;
      if (first === undefined) return [];
      if (sites.length === 1) return [{ variants: first.variants, copies: first.copies }];
      if (second === undefined || first.copies !== second.copies) return asked;
      return [{ variants: [...first.variants, ...second.variants], copies: first.copies }];
    },
  };
}

function lettersOf(text: string): readonly string[] | undefined {
  const [, first, second] = GENOTYPE.exec(text) ?? [];
  if (first === undefined) return undefined;
  return second === undefined ? [first] : [first, second];
}

function fits({ reference, alternatives }: Site, letters: ReadonlySet<string>): boolean {
  // Texts without any letter have a fault of their own.
  if (letters.size === 0) return true;
  return letters.has(reference) && [...letters].every((one) => one === reference || alternatives.has(one));
}

/** Of X there are one or two, of Y and the mitochondrion one. */
function countFits({ accession }: Site, count: number): boolean {
  const chromosome = sequencesOf(accession)[0]?.chromosome;
  if (chromosome === 'X') return true;
  return count === (chromosome === 'Y' || chromosome === 'MT' ? 1 : 2);
}

function askedAt(site: Site, alleles: readonly string[]): Required<AskedGenotype> | undefined {
  const { accession, start0, reference } = site;
  const [place] = sequencesOf(accession);
  if (place === undefined) throw new Error(`${accession} is no chromosome`);
  const others = [...new Set(alleles.filter((one) => one !== reference))].toSorted();
  if (others.length === 0) return undefined;
  const variants = others.map((inserted) => {
    const placed = spdiOf(place.assembly, place.chromosome, start0, reference, inserted);
    if ('reason' in placed) throw new Error(`${accession}:${start0}: ${placed.reason}`);
    return placed.spdi;
  });
  const only = place.assembly;
  if (others.length === 2) return { variants, copies: 'compound', only };
  if (alleles.length === 1) return { variants, copies: 'hemizygous', only };
  return { variants, copies: alleles.includes(reference) ? 'heterozygous' : 'homozygous', only };
}
