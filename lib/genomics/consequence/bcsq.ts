import { type ConsequenceAnnotation, consequencesOf, stated } from './annotation.ts';

/** What `BCSQ` says of a record: its own consequences, or where the joint consequence of a haplotype is written. */
export interface BcsqAnnotation extends ConsequenceAnnotation {
  /** 1-based POS of the record that holds the joint consequence (`@12345`); nothing else is known then. */
  readonly seePosition: number | undefined;
  /** Downstream of a stop that the same haplotype carries (`*missense`). */
  readonly afterStop: boolean;
}

/**
 * Reads one INFO value of `bcftools csq`:
 * `consequence|gene|transcript|biotype[|strand|amino acid change|DNA change]`. The DNA change names position and
 * alleles of each variant of the haplotype (`5507G>GC+5510A>T`); without one, the ALT is known only where the record
 * has one.
 *
 * @param position 1-based POS of the record
 * @see https://samtools.github.io/bcftools/howtos/csq-calling.html
 */
export function parseBcsq(value: string, position: number, alts: readonly string[]): readonly BcsqAnnotation[] {
  return value.split(',').map((entry) => {
    const [effects = '', gene, transcript, biotype, , , change] = entry.split('|');
    const [, target] = /^@(\d+)$/.exec(effects) ?? [];
    const allele = ownAllele(change, position);
    const names = target === undefined ? effects.replace(/^\*/, '').split('&').filter(Boolean) : [];
    return {
      allele,
      altNumber: altNumber(alts, allele),
      gene: stated(gene),
      geneId: undefined,
      transcript: stated(transcript),
      biotype: stated(biotype),
      ...consequencesOf(names),
      // Changes are given in bcftools' own words (25P>25A, abridged where long): not HGVS.
      cHgvs: undefined,
      pHgvs: undefined,
      protein: undefined,
      seePosition: target === undefined ? undefined : Number(target),
      afterStop: effects.startsWith('*'),
    };
  });
}

/** The allele that a DNA change states for the record at `position`. */
function ownAllele(change: string | undefined, position: number): string | undefined {
  for (const part of change?.split('+') ?? []) {
    const [, at, allele] = /^(\d+)[^>]*>(\S+)$/.exec(part) ?? [];
    if (Number(at) === position) return allele;
  }
  return undefined;
}

function altNumber(alts: readonly string[], allele: string | undefined): number | undefined {
  if (allele === undefined) return alts.length === 1 ? 1 : undefined;
  const at = alts.indexOf(allele);
  return at < 0 ? undefined : at + 1;
}
