import { type ConsequenceAnnotation, consequencesOf, decoded, onAccession, stated } from './annotation.ts';
import { impactNamed } from './terms.ts';

/**
 * Reads one INFO value of `ANN`, whose sixteen fields are the same in every tool that writes it.
 *
 * @see https://pcingola.github.io/SnpEff/adds/VCFannotationformat_v1.0.pdf
 */
export function parseAnn(value: string, alts: readonly string[]): readonly ConsequenceAnnotation[] {
  return value.split(',').map((entry) => {
    const [allele, effects, impact, gene, geneId, type, feature, biotype, , cdna, protein] = entry.split('|');
    const transcript = stated(feature);
    return {
      allele: stated(allele),
      altNumber: altNumber(alts, allele),
      gene: stated(gene),
      geneId: stated(geneId),
      transcript,
      biotype: stated(biotype),
      ...consequencesOf(stated(effects)?.split('&') ?? [], impactNamed(impact ?? '')),
      cHgvs: onAccession(type === 'transcript' ? transcript : undefined, decoded(cdna)),
      pHgvs: decoded(protein),
      protein: undefined,
    };
  });
}

/** `G` is the ALT; `G-C` compares a tumour's G with the patient's own C, and is about G. */
function altNumber(alts: readonly string[], allele: string | undefined): number | undefined {
  const at = alts.indexOf(allele ?? '');
  if (at >= 0) return at + 1;
  const [derived, base] = (allele ?? '').split('-');
  const compared = base === undefined ? -1 : alts.indexOf(derived ?? '');
  return compared < 0 ? undefined : compared + 1;
}

// Effects of SnpEff before version 4, by the term that took their place: the SnpEff manual's table of effects, and the
// synonyms `snpEff:...` of the Sequence Ontology.
const EFFECTS = new Map<string, string>(
  Object.entries({
    CDS: 'coding_sequence_variant',
    CODON_CHANGE: 'coding_sequence_variant',
    CODON_INSERTION: 'inframe_insertion',
    CODON_DELETION: 'inframe_deletion',
    CODON_CHANGE_PLUS_CODON_INSERTION: 'disruptive_inframe_insertion',
    CODON_CHANGE_PLUS_CODON_DELETION: 'disruptive_inframe_deletion',
    DOWNSTREAM: 'downstream_gene_variant',
    EXON: 'exon_variant',
    EXON_DELETED: 'exon_loss_variant',
    FRAME_SHIFT: 'frameshift_variant',
    GENE: 'gene_variant',
    INTERGENIC: 'intergenic_variant',
    INTERGENIC_CONSERVED: 'conserved_intergenic_variant',
    INTRAGENIC: 'intragenic_variant',
    INTRON: 'intron_variant',
    INTRON_CONSERVED: 'conserved_intron_variant',
    MICRO_RNA: 'mature_miRNA_variant',
    NON_SYNONYMOUS_CODING: 'missense_variant',
    NON_SYNONYMOUS_START: 'initiator_codon_variant',
    NON_SYNONYMOUS_STOP: 'stop_retained_variant',
    RARE_AMINO_ACID: 'rare_amino_acid_variant',
    REGULATION: 'regulatory_region_variant',
    SPLICE_SITE_ACCEPTOR: 'splice_acceptor_variant',
    SPLICE_SITE_DONOR: 'splice_donor_variant',
    SPLICE_SITE_REGION: 'splice_region_variant',
    SPLICE_SITE_BRANCH: 'splice_region_variant',
    SPLICE_SITE_BRANCH_U12: 'splice_region_variant',
    START_GAINED: '5_prime_UTR_premature_start_codon_gain_variant',
    START_LOST: 'start_lost',
    STOP_GAINED: 'stop_gained',
    STOP_LOST: 'stop_lost',
    SYNONYMOUS_CODING: 'synonymous_variant',
    SYNONYMOUS_START: 'start_retained_variant',
    SYNONYMOUS_STOP: 'stop_retained_variant',
    TRANSCRIPT: 'transcript_variant',
    UPSTREAM: 'upstream_gene_variant',
    UTR_3_PRIME: '3_prime_UTR_variant',
    UTR_3_DELETED: '3_prime_UTR_truncation',
    UTR_5_PRIME: '5_prime_UTR_variant',
    UTR_5_DELETED: '5_prime_UTR_truncation',
  }),
);

/**
 * The field names inside the brackets of `EFF`, from the Description of its ##INFO line; they grew from release to
 * release. Undefined when the description has no such list.
 */
export function effFields(description: string): readonly string[] | undefined {
  const [, list] = /Effect\s*\(([^)]*)\)/.exec(description) ?? [];
  const fields = list?.split('|').map((name) => name.replace(/[[\]\s]/g, '').toLowerCase());
  return fields?.includes('effect_impact') ? fields : undefined;
}

/**
 * Reads one INFO value of SnpEff's `EFF`. Before its Genotype field (3.x), the format did not say which ALT an effect
 * belongs to: known only where the record has one.
 */
export function parseEff(
  fields: readonly string[],
  value: string,
  alts: readonly string[],
): readonly ConsequenceAnnotation[] {
  const column = new Map(fields.map((name, i) => [name, i]));
  return [...value.matchAll(/([^,()]+)\(([^()]*)\)/g)].map(([, effects = '', body = '']) => {
    const values = body.split('|');
    const field = (...names: readonly string[]): string | undefined =>
      stated(values[column.get(names.find((name) => column.has(name)) ?? '') ?? -1]);
    const genotype = field('genotype_number', 'genotype');
    const transcript = field('transcript', 'transcript_id');
    const change = field('amino_acid_change')?.split('/') ?? [];
    const names = effects.split(/[+&]/).map((name) => name.replace(/\[.*/, '').trim());
    return {
      allele: genotype,
      altNumber: effAlt(alts, genotype),
      gene: field('gene_name'),
      geneId: undefined,
      transcript,
      biotype: field('gene_biotype', 'transcript_biotype'),
      ...consequencesOf(
        names.map((name) => EFFECTS.get(name) ?? name),
        impactNamed(field('effect_impact') ?? ''),
      ),
      cHgvs: onAccession(
        transcript,
        change.find((part) => /^[cn]\./.test(part)),
      ),
      pHgvs: change.find((part) => part.startsWith('p.')),
      protein: undefined,
    };
  });
}

function effAlt(alts: readonly string[], genotype: string | undefined): number | undefined {
  if (genotype === undefined) return alts.length === 1 ? 1 : undefined;
  const number = /^\d+$/.test(genotype) ? Number(genotype) : alts.indexOf(genotype) + 1;
  return number >= 1 && number <= alts.length ? number : undefined;
}
