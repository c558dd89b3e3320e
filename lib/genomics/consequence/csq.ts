import { type ConsequenceAnnotation, consequencesOf, decoded, onAccession, stated } from './annotation.ts';
import { impactNamed } from './terms.ts';
import { vepAltNumber } from './vep-allele.ts';

/**
 * The field names of a VEP annotation, from the Description of its ##INFO line (`... Format: Allele|Consequence|...`).
 * Undefined when the description has no such list.
 */
export function csqFields(description: string): readonly string[] | undefined {
  const [, list] = /Format:\s*(\S.*)$/.exec(description.replace(/["']\s*$/, '')) ?? [];
  const fields = list?.split('|').map((name) => name.trim());
  return fields?.includes('Allele') && fields.includes('Consequence') ? fields : undefined;
}

/**
 * Reads one INFO value of VEP's `CSQ` (or gnomAD's `vep`).
 *
 * @param fields as {@link csqFields} gives them; VEP lets the user choose and order them
 */
export function parseCsq(
  fields: readonly string[],
  value: string,
  ref: string,
  alts: readonly string[],
): readonly ConsequenceAnnotation[] {
  const column = new Map(fields.map((name, i) => [name, i]));
  return value.split(',').map((entry) => {
    const values = entry.split('|');
    const field = (name: string): string | undefined => stated(values[column.get(name) ?? -1]);
    const allele = field('Allele') ?? '-';
    const number = field('ALLELE_NUM');
    const transcript = field('Feature');
    const protein = field('ENSP');
    return {
      allele,
      altNumber: vepAltNumber(ref, alts, allele, number === undefined ? undefined : Number(number)),
      gene: field('SYMBOL') ?? field('Gene'),
      geneId: field('Gene'),
      transcript,
      biotype: field('BIOTYPE'),
      ...consequencesOf(field('Consequence')?.split('&') ?? [], impactNamed(field('IMPACT') ?? '')),
      cHgvs: onAccession(transcript, decoded(field('HGVSc'))),
      pHgvs: proteinChange(protein, decoded(field('HGVSp'))),
      protein,
    };
  });
}

/** Older releases write a silent change on the transcript: `ENST00000302118.5:c.105C>T(p.=)`. */
function proteinChange(protein: string | undefined, change: string | undefined): string | undefined {
  const [, silent] = /\((p\.[^)]*)\)$/.exec(change ?? '') ?? [];
  if (change?.includes(':c.') && silent !== undefined) return onAccession(protein, silent);
  return onAccession(protein, change);
}
