/** How strong a consequence is, in VEP's and SnpEff's four steps. */
export type Impact = 'HIGH' | 'MODERATE' | 'LOW' | 'MODIFIER';

/** A Sequence Ontology term of the branch sequence_variant (SO:0001060). */
export interface ConsequenceTerm {
  /** `SO:0001583`. */
  readonly code: string;
  /** `missense_variant`. */
  readonly name: string;
  /** Codes of the nearest broader terms of this table. */
  readonly parents: readonly string[];
  /** Ensembl's impact of the term, SnpEff's where Ensembl has none; undefined for grouping terms. */
  readonly impact: Impact | undefined;
}

// Code, name, is-a parents, impact. Codes and is-a from the Sequence Ontology's so-simple.obo (commit 0118c0a08119 of
// https://github.com/The-Sequence-Ontology/SO-Ontologies); impacts from Ensembl's table of calculated consequences
// (https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html) and SnpEff's
// (https://pcingola.github.io/SnpEff/snpeff/inputoutput/#eff-field-vcf-output-files). Terms between those here and
// their parents that no tool writes are left out.
const ROWS: readonly (readonly [code: string, name: string, parents: string, impact?: Impact])[] = [
  ['SO:0001060', 'sequence_variant', '', 'MODIFIER'],
  ['SO:0001536', 'functional_effect_variant', 'SO:0001060'],
  ['SO:0001541', 'decreased_transcript_level_variant', 'SO:0001536'],
  ['SO:0001542', 'increased_transcript_level_variant', 'SO:0001536'],
  ['SO:0002052', 'dominant_negative_variant', 'SO:0001536'],
  ['SO:0002053', 'gain_of_function_variant', 'SO:0001536'],
  ['SO:0002054', 'loss_of_function_variant', 'SO:0001536'],
  ['SO:0001537', 'structural_variant', 'SO:0001060'],
  ['SO:0001878', 'feature_variant', 'SO:0001537'],
  ['SO:0001879', 'feature_ablation', 'SO:0001537', 'HIGH'],
  ['SO:0001880', 'feature_amplification', 'SO:0001537', 'HIGH'],
  ['SO:0001881', 'feature_translocation', 'SO:0001537'],
  ['SO:0001882', 'feature_fusion', 'SO:0001537'],
  ['SO:0001886', 'transcript_fusion', 'SO:0001882'],
  ['SO:0001889', 'transcript_amplification', 'SO:0001880', 'HIGH'],
  ['SO:0001891', 'regulatory_region_amplification', 'SO:0001880', 'MODIFIER'],
  ['SO:0001892', 'TFBS_amplification', 'SO:0001891', 'MODIFIER'],
  ['SO:0001893', 'transcript_ablation', 'SO:0001879', 'HIGH'],
  ['SO:0001894', 'regulatory_region_ablation', 'SO:0001879', 'MODIFIER'],
  ['SO:0001895', 'TFBS_ablation', 'SO:0001894', 'MODIFIER'],
  ['SO:0001906', 'feature_truncation', 'SO:0001878', 'HIGH'],
  ['SO:0001907', 'feature_elongation', 'SO:0001878', 'HIGH'],
  ['SO:0001908', 'internal_feature_elongation', 'SO:0001907'],
  ['SO:0001564', 'gene_variant', 'SO:0001878', 'MODIFIER'],
  ['SO:0001566', 'regulatory_region_variant', 'SO:0001878', 'MODIFIER'],
  ['SO:0001782', 'TF_binding_site_variant', 'SO:0001566', 'MODIFIER'],
  ['SO:0001628', 'intergenic_variant', 'SO:0001878', 'MODIFIER'],
  ['SO:0001631', 'upstream_gene_variant', 'SO:0001628', 'MODIFIER'],
  ['SO:0001632', 'downstream_gene_variant', 'SO:0001628', 'MODIFIER'],
  ['SO:0001636', '2KB_upstream_variant', 'SO:0001631', 'MODIFIER'],
  ['SO:0001634', '500B_downstream_variant', 'SO:0001632', 'MODIFIER'],
  ['SO:0001986', 'upstream_transcript_variant', 'SO:0001628', 'MODIFIER'],
  ['SO:0001987', 'downstream_transcript_variant', 'SO:0001628', 'MODIFIER'],
  ['SO:0002017', 'conserved_intergenic_variant', 'SO:0001628', 'MODIFIER'],
  ['SO:0002152', 'genic_downstream_transcript_variant', 'SO:0001564', 'MODIFIER'],
  ['SO:0002153', 'genic_upstream_transcript_variant', 'SO:0001564', 'MODIFIER'],
  ['SO:0001576', 'transcript_variant', 'SO:0001564', 'MODIFIER'],
  ['SO:0002011', 'intragenic_variant', 'SO:0001576', 'MODIFIER'],
  ['SO:0001577', 'complex_transcript_variant', 'SO:0001576'],
  ['SO:0001621', 'NMD_transcript_variant', 'SO:0001576', 'MODIFIER'],
  ['SO:0001619', 'non_coding_transcript_variant', 'SO:0001576', 'MODIFIER'],
  ['SO:0001620', 'mature_miRNA_variant', 'SO:0001619', 'MODIFIER'],
  ['SO:0001627', 'intron_variant', 'SO:0001576', 'MODIFIER'],
  ['SO:0001969', 'coding_transcript_intron_variant', 'SO:0001627 SO:0001968', 'MODIFIER'],
  ['SO:0001970', 'non_coding_transcript_intron_variant', 'SO:0001619 SO:0001627', 'MODIFIER'],
  ['SO:0002018', 'conserved_intron_variant', 'SO:0001627', 'MODIFIER'],
  ['SO:0001568', 'splicing_variant', 'SO:0001576'],
  ['SO:0001569', 'cryptic_splice_site_variant', 'SO:0001568'],
  ['SO:0001572', 'exon_loss_variant', 'SO:0001568', 'HIGH'],
  ['SO:0001629', 'splice_site_variant', 'SO:0001568 SO:0001627'],
  ['SO:0001574', 'splice_acceptor_variant', 'SO:0001629', 'HIGH'],
  ['SO:0001575', 'splice_donor_variant', 'SO:0001629', 'HIGH'],
  ['SO:0001787', 'splice_donor_5th_base_variant', 'SO:0001629', 'LOW'],
  ['SO:0001630', 'splice_region_variant', 'SO:0001568', 'LOW'],
  ['SO:0001995', 'extended_intronic_splice_region_variant', 'SO:0001568'],
  ['SO:0002169', 'splice_polypyrimidine_tract_variant', 'SO:0001568', 'LOW'],
  ['SO:0002170', 'splice_donor_region_variant', 'SO:0001630', 'LOW'],
  ['SO:0001791', 'exon_variant', 'SO:0001576', 'MODIFIER'],
  ['SO:0001792', 'non_coding_transcript_exon_variant', 'SO:0001619 SO:0001791', 'MODIFIER'],
  ['SO:0001968', 'coding_transcript_variant', 'SO:0001576', 'MODIFIER'],
  ['SO:0001622', 'UTR_variant', 'SO:0001791 SO:0001968'],
  ['SO:0001623', '5_prime_UTR_variant', 'SO:0001622', 'MODIFIER'],
  ['SO:0001624', '3_prime_UTR_variant', 'SO:0001622', 'MODIFIER'],
  ['SO:0002013', '5_prime_UTR_truncation', 'SO:0001623', 'MODERATE'],
  ['SO:0002015', '3_prime_UTR_truncation', 'SO:0001624', 'MODERATE'],
  ['SO:0001983', '5_prime_UTR_premature_start_codon_variant', 'SO:0001623'],
  ['SO:0001988', '5_prime_UTR_premature_start_codon_gain_variant', 'SO:0001983', 'LOW'],
  ['SO:0001580', 'coding_sequence_variant', 'SO:0001791 SO:0001968', 'MODIFIER'],
  ['SO:0001582', 'initiator_codon_variant', 'SO:0001580', 'LOW'],
  ['SO:0001590', 'terminator_codon_variant', 'SO:0001580'],
  ['SO:0001626', 'incomplete_terminal_codon_variant', 'SO:0001590 SO:0001650', 'LOW'],
  ['SO:0001818', 'protein_altering_variant', 'SO:0001580', 'MODERATE'],
  ['SO:0001589', 'frameshift_variant', 'SO:0001818', 'HIGH'],
  ['SO:0001909', 'frameshift_elongation', 'SO:0001589 SO:0001908', 'HIGH'],
  ['SO:0001910', 'frameshift_truncation', 'SO:0001589 SO:0001906', 'HIGH'],
  ['SO:0001650', 'inframe_variant', 'SO:0001818'],
  ['SO:0001820', 'inframe_indel', 'SO:0001650', 'MODERATE'],
  ['SO:0001821', 'inframe_insertion', 'SO:0001820 SO:0001908', 'MODERATE'],
  ['SO:0001823', 'conservative_inframe_insertion', 'SO:0001821', 'MODERATE'],
  ['SO:0001824', 'disruptive_inframe_insertion', 'SO:0001821', 'MODERATE'],
  ['SO:0001822', 'inframe_deletion', 'SO:0001820 SO:0001906', 'MODERATE'],
  ['SO:0001825', 'conservative_inframe_deletion', 'SO:0001822', 'MODERATE'],
  ['SO:0001826', 'disruptive_inframe_deletion', 'SO:0001822', 'MODERATE'],
  ['SO:0001992', 'nonsynonymous_variant', 'SO:0001650'],
  ['SO:0001583', 'missense_variant', 'SO:0001992', 'MODERATE'],
  ['SO:0001585', 'conservative_missense_variant', 'SO:0001583', 'MODERATE'],
  ['SO:0001586', 'non_conservative_missense_variant', 'SO:0001583', 'MODERATE'],
  ['SO:0002008', 'rare_amino_acid_variant', 'SO:0001586', 'HIGH'],
  ['SO:0001587', 'stop_gained', 'SO:0001906 SO:0001992', 'HIGH'],
  ['SO:0001578', 'stop_lost', 'SO:0001590 SO:0001907 SO:0001992', 'HIGH'],
  ['SO:0002012', 'start_lost', 'SO:0001582 SO:0001992', 'HIGH'],
  ['SO:0001819', 'synonymous_variant', 'SO:0001580', 'LOW'],
  ['SO:0001567', 'stop_retained_variant', 'SO:0001590 SO:0001819', 'LOW'],
  ['SO:0002019', 'start_retained_variant', 'SO:0001582 SO:0001819', 'LOW'],
];

/** Names that older releases of the tools, ClinVar's MC field and bcftools csq write, by the term they mean. */
const SYNONYMS = new Map<string, string>(
  Object.entries({
    nonsense: 'stop_gained',
    nc_transcript_variant: 'non_coding_transcript_variant',
    'non-coding_transcript_variant': 'non_coding_transcript_variant',
    non_coding_exon_variant: 'non_coding_transcript_exon_variant',
    non_coding_transcript: 'non_coding_transcript_variant',
    non_coding: 'non_coding_transcript_variant',
    inframe_altering: 'inframe_indel',
    intergenic_region: 'intergenic_variant',
  }),
);

/** functional_effect_variant: what is narrower says what becomes of a function, and only knowledge tells it. */
export const FUNCTIONAL_EFFECT = 'SO:0001536';

const TERMS: readonly ConsequenceTerm[] = ROWS.map(([code, name, parents, impact]) => ({
  code,
  name,
  parents: parents === '' ? [] : parents.split(' '),
  impact,
}));
const BY_CODE = new Map(TERMS.map((term) => [term.code, term]));
const BY_NAME = new Map(TERMS.map((term) => [term.name.toLowerCase(), term]));

/** The term of a code such as `SO:0001583`; undefined when the table has none. */
export function termOf(code: string): ConsequenceTerm | undefined {
  return BY_CODE.get(code);
}

/**
 * The term that a tool means by a name: SO's own, in any case, with or without `_variant` (bcftools csq), and older
 * names. Undefined when it is no term of the table.
 */
export function termNamed(name: string): ConsequenceTerm | undefined {
  const plain = name.toLowerCase();
  const known = SYNONYMS.get(plain) ?? plain;
  return BY_NAME.get(known) ?? BY_NAME.get(`${known}_variant`);
}

/** All terms, broader ones included. */
export function consequenceTerms(): readonly ConsequenceTerm[] {
  return TERMS;
}

/** The code itself and everything broader; only the code itself when the table does not have it. */
export function withBroader(code: string): ReadonlySet<string> {
  const found = new Set([code]);
  for (const one of found) for (const parent of BY_CODE.get(one)?.parents ?? []) found.add(parent);
  return found;
}

/** The code itself and everything narrower: what a search for it must find. */
export function withNarrower(code: string): ReadonlySet<string> {
  return new Set([code, ...TERMS.map((term) => term.code).filter((one) => withBroader(one).has(code))]);
}

const STEPS: readonly Impact[] = ['HIGH', 'MODERATE', 'LOW', 'MODIFIER'];

/** The strongest impact of several terms; undefined when none of them has one. */
export function strongestImpact(codes: readonly string[]): Impact | undefined {
  const impacts = new Set(codes.map((code) => BY_CODE.get(code)?.impact));
  return STEPS.find((step) => impacts.has(step));
}

/** @returns undefined for text that is none of the four steps */
export function impactNamed(text: string): Impact | undefined {
  return STEPS.find((step) => step === text.toUpperCase());
}
