import type { CodeableConcept, Coding } from '@medplum/fhirtypes';
import type { AllelicState, ChangeType, SourceClass } from '../genomics/allele.ts';
import type { Assembly, Chromosome } from '../genomics/assembly.ts';
import { CANONICAL } from './canonical.ts';

/** Code systems by the URIs that Genomics Reporting 3.0.0 uses for them. */
export const SYSTEM = {
  loinc: 'http://loinc.org',
  sequenceOntology: 'http://www.sequenceontology.org',
  refSeq: 'http://www.ncbi.nlm.nih.gov/refseq',
  hgvs: 'http://varnomen.hgvs.org',
  /** No URI is registered for SPDI; NCBI's own service is what existing clients look for. */
  spdi: 'https://api.ncbi.nlm.nih.gov/variation/v0/',
  dbSnp: 'http://www.ncbi.nlm.nih.gov/projects/SNP',
  clinVar: 'http://www.ncbi.nlm.nih.gov/clinvar',
  cosmic: 'http://cancer.sanger.ac.uk/cancergenome/projects/cosmic',
  ucum: 'http://unitsofmeasure.org',
  observationCategory: 'http://terminology.hl7.org/CodeSystem/observation-category',
  /** HL7 v2 diagnostic service sections; GE is genetics. */
  diagnosticService: 'http://terminology.hl7.org/CodeSystem/v2-0074',
  ensembl: 'http://www.ensembl.org',
  /** Codes of the Implementation Guide for what LOINC has no code yet. */
  toBeDetermined: 'http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs',
  hgnc: 'http://www.genenames.org',
  pharmVar: 'http://www.pharmvar.org',
  glString: 'http://glstring.org',
  imgtHla: 'http://www.ebi.ac.uk/ipd/imgt/hla',
  phaseRelationship: 'http://terminology.hl7.org/CodeSystem/sequence-phase-relationship-cs',
} as const;

interface Code {
  readonly code: string;
  readonly display: string;
}

/** Codes of Observations, LOINC's unless said otherwise. */
export const OBSERVATION = {
  variant: { code: '69548-6', display: 'Genetic variant assessment' },
  sequencePhaseRelationship: { code: '82120-7', display: 'Allelic phase' },
  haplotype: { code: '84414-2', display: 'Haplotype name' },
  genotype: { code: '84413-4', display: 'Genotype display name' },
  diagnosticImplication: {
    system: SYSTEM.toBeDetermined,
    code: 'diagnostic-implication',
    display: 'Diagnostic Implication',
  },
  therapeuticImplication: {
    system: SYSTEM.toBeDetermined,
    code: 'therapeutic-implication',
    display: 'Therapeutic Implication',
  },
  molecularConsequence: {
    system: SYSTEM.toBeDetermined,
    code: 'molecular-consequence',
    display: 'Molecular Consequence',
  },
} as const satisfies Readonly<Record<string, Code & { readonly system?: string }>>;

/** Codes of the components of findings, LOINC's unless said otherwise, by the slice names of the profiles. */
export const COMPONENT = {
  geneStudied: { code: '48018-6', display: 'Gene studied [ID]' },
  genomicRefSeq: { code: '48013-7', display: 'Genomic reference sequence ID' },
  refAllele: { code: '69547-8', display: 'Genomic ref allele [ID]' },
  altAllele: { code: '69551-0', display: 'Genomic alt allele [ID]' },
  coordinateSystem: { code: '92822-6', display: 'Genomic coord system' },
  exactStartEnd: { code: '81254-5', display: 'Genomic allele start-end' },
  outerStartEnd: { code: '81301-4', display: 'Structural variant outer start-end' },
  innerStartEnd: { code: '81302-2', display: 'Structural variant inner start-end' },
  codingChangeType: { code: '48019-4', display: 'DNA change type' },
  genomicSourceClass: { code: '48002-0', display: 'Genomic source class' },
  allelicState: { code: '53034-5', display: 'Allelic state' },
  sampleAllelicFrequency: { code: '81258-6', display: 'Sample variant allelic frequency [NFr]' },
  allelicReadDepth: { code: '82121-5', display: 'Allelic read depth' },
  copyNumber: { code: '82155-3', display: 'Genomic structural variant copy number' },
  genomicHgvs: { code: '81290-9', display: 'Genomic DNA change (gHGVS)' },
  variationCode: { code: '81252-9', display: 'Discrete genetic variant' },
  chromosomeIdentifier: { code: '48000-4', display: 'Chromosome' },
  referenceSequenceAssembly: { code: '62374-4', display: 'Human reference sequence assembly version' },
  representativeCodingHgvs: { code: '48004-6', display: 'DNA change (c.HGVS)' },
  representativeTranscriptRefSeq: { code: '51958-7', display: 'Transcript reference sequence [ID]' },
  representativeProteinHgvs: { code: '48005-3', display: 'Amino acid change (pHGVS)' },
  representativeProteinRefSeq: {
    system: SYSTEM.toBeDetermined,
    code: 'protein-ref-seq',
    display: 'An identifier for the protein reference sequence.',
  },
} as const satisfies Readonly<Record<string, Code & { readonly system?: string }>>;

/** Codes of the components of implications, LOINC's unless said otherwise. */
export const IMPLICATION_COMPONENT = {
  evidenceLevel: { code: '93044-6', display: 'Level of evidence' },
  clinicalSignificance: { code: '53037-8', display: 'Genetic variation clinical significance [Imp]' },
  /** Predicted phenotype of a diagnostic, phenotypic treatment context of a therapeutic implication. */
  phenotype: { code: '81259-4', display: 'Associated phenotype' },
  medicationAssessed: { code: '51963-7', display: 'Medication assessed' },
  therapeuticImplication: OBSERVATION.therapeuticImplication,
  conclusion: { system: SYSTEM.toBeDetermined, code: 'conclusion-string', display: 'Conclusion Text' },
  discreteVariant: COMPONENT.variationCode,
  /** The guide has a slice for it since 4.0.0. */
  knowledgeBase: {
    system: `${CANONICAL}/CodeSystem/components`,
    code: 'knowledge-base',
    display: 'Knowledge base and its release',
  },
  featureConsequence: { system: SYSTEM.toBeDetermined, code: 'feature-consequence', display: 'Feature Consequence' },
  functionalEffect: { system: SYSTEM.toBeDetermined, code: 'functional-effect', display: 'Functional Effect' },
  /** The guide has a slice for it since 4.0.0. */
  annotationPipeline: {
    system: `${CANONICAL}/CodeSystem/components`,
    code: 'annotation-pipeline',
    display: 'What told the consequence',
  },
  codingHgvs: COMPONENT.representativeCodingHgvs,
  transcriptRefSeq: COMPONENT.representativeTranscriptRefSeq,
  proteinHgvs: COMPONENT.representativeProteinHgvs,
  proteinRefSeq: COMPONENT.representativeProteinRefSeq,
} as const satisfies Readonly<Record<string, Code & { readonly system?: string }>>;

/** Knowledge sources as codes; the version of a coding is the release. */
export const KNOWLEDGE_BASES = `${CANONICAL}/CodeSystem/knowledge-bases`;

/** LOINC answer list LL1971-2. */
export const PRESENT = { code: 'LA9633-4', display: 'Present' } as const satisfies Code;

/** LOINC answer list LL5323-2: positions are gaps between bases. */
export const INTERVAL_COUNTING = { code: 'LA30100-4', display: '0-based interval counting' } as const satisfies Code;

/** LOINC answer list LL381-5. */
export const ALLELIC_STATE = {
  heteroplasmic: { code: 'LA6703-8', display: 'Heteroplasmic' },
  homoplasmic: { code: 'LA6704-6', display: 'Homoplasmic' },
  homozygous: { code: 'LA6705-3', display: 'Homozygous' },
  heterozygous: { code: 'LA6706-1', display: 'Heterozygous' },
  hemizygous: { code: 'LA6707-9', display: 'Hemizygous' },
} as const satisfies Readonly<Record<AllelicState, Code>>;

/** LOINC answer list LL378-1. */
export const SOURCE_CLASS = {
  germline: { code: 'LA6683-2', display: 'Germline' },
  somatic: { code: 'LA6684-0', display: 'Somatic' },
} as const satisfies Readonly<Record<SourceClass, Code>>;

/** LOINC answer list LL1040-6. */
export const ASSEMBLY = {
  GRCh37: { code: 'LA14029-5', display: 'GRCh37' },
  GRCh38: { code: 'LA26806-2', display: 'GRCh38' },
} as const satisfies Readonly<Record<Assembly, Code>>;

/**
 * Sequence Ontology terms. A breakend is an "observed adjacency of two previously separated regions", which is how
 * SO defines a translocation.
 */
export const CHANGE_TYPE = {
  SNV: { code: 'SO:0001483', display: 'SNV' },
  MNV: { code: 'SO:0002007', display: 'MNV' },
  INS: { code: 'SO:0000667', display: 'insertion' },
  DEL: { code: 'SO:0000159', display: 'deletion' },
  DELINS: { code: 'SO:1000032', display: 'delins' },
  DUP: { code: 'SO:1000035', display: 'duplication' },
  INV: { code: 'SO:1000036', display: 'inversion' },
  CNV: { code: 'SO:0001019', display: 'copy_number_variation' },
  BND: { code: 'SO:0000199', display: 'translocation' },
  CPX: { code: 'SO:0001784', display: 'complex_structural_alteration' },
} as const satisfies Readonly<Record<ChangeType, Code>>;

/** How two variants of one phase set lie to each other. */
export const PHASE_RELATION = {
  cis: { code: 'Cis', display: 'Cis' },
  trans: { code: 'Trans', display: 'Trans' },
} as const satisfies Readonly<Record<string, Code>>;

/** LOINC answer list LL2938-0: LA21254-0 is chromosome 1, LA21277-1 is Y. It has no mitochondrion. */
const CHROMOSOME_ANSWERS = [
  ...['LA21254-0', 'LA21255-7', 'LA21256-5', 'LA21257-3', 'LA21258-1', 'LA21259-9', 'LA21260-7', 'LA21261-5'],
  ...['LA21262-3', 'LA21263-1', 'LA21264-9', 'LA21265-6', 'LA21266-4', 'LA21267-2', 'LA21268-0', 'LA21269-8'],
  ...['LA21270-6', 'LA21271-4', 'LA21272-2', 'LA21273-0', 'LA21274-8', 'LA21275-5', 'LA21276-3', 'LA21277-1'],
];

/** The LOINC answer for a chromosome; undefined for the mitochondrial sequences, which the list lacks. */
export function chromosomeCode(chromosome: Chromosome): Code | undefined {
  const place = chromosome === 'X' ? 23 : chromosome === 'Y' ? 24 : Number(chromosome);
  const code = CHROMOSOME_ANSWERS[place - 1];
  return code === undefined ? undefined : { code, display: `Chromosome ${chromosome}` };
}

/** Identifiers that VCF's ID column carries, by the form that gives their source away. */
const IDENTIFIERS: readonly (readonly [form: RegExp, system: string])[] = [
  [/^rs\d+$/, SYSTEM.dbSnp],
  [/^VCV\d+(\.\d+)?$/, SYSTEM.clinVar],
  [/^COS[MVN]\d+$/, SYSTEM.cosmic],
];

/** Codings of the known identifiers in a `;`-separated ID column; others are local names and left out. */
export function identifierCodings(ids: string | undefined): readonly Coding[] {
  return (ids ?? '').split(';').flatMap((id) => {
    const system = IDENTIFIERS.find(([form]) => form.test(id))?.[1];
    return system === undefined ? [] : [{ system, code: id }];
  });
}

/** A concept of one coding. */
export function concept(system: string, { code, display }: { code: string; display?: string }): CodeableConcept {
  return { coding: [display === undefined ? { system, code } : { system, code, display }] };
}

/** URIs that stand for the same code system as one of ours: older ones, and those of the reference implementation. */
const SAME_SYSTEM: ReadonlyMap<string, string> = new Map([
  ['http://www.genenames.org/geneId', SYSTEM.hgnc],
  ['https://www.genenames.org/geneId', SYSTEM.hgnc],
  ['https://www.genenames.org', SYSTEM.hgnc],
  ['https://www.pharmvar.org', SYSTEM.pharmVar],
  ['https://glstring.org', SYSTEM.glString],
  ['https://www.ebi.ac.uk/ipd/imgt/hla', SYSTEM.imgtHla],
]);

/** The URI that Genomics Reporting 3.0.0 uses for a code system of genes and alleles; others stay as they are. */
export function currentSystem(uri: string): string {
  const bare = uri.replace(/\/$/, '');
  return SAME_SYSTEM.get(bare) ?? bare;
}
