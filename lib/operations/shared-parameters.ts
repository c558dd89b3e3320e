import type { OutputRow, ParameterRow } from './row.ts';

/** Whose data is asked. */
export const subject = {
  type: 'string',
  searchType: 'reference',
  min: 1,
  max: '1',
  doc: 'The subject: an id such as `HG00403`, or `Patient/HG00403`.',
} as const satisfies ParameterRow;

/** Regions of an operation that needs at least one. */
export const ranges = {
  type: 'string',
  searchType: 'special',
  min: 1,
  max: '*',
  doc: 'Regions to look at, 0-based and half-open on a chromosome of GRCh37 or GRCh38, such as `NC_000007.14:55174721-55174820`. Several mean one answer each. Results of the other assembly are found too, by liftover.',
} as const satisfies ParameterRow;

/** Regions that narrow an answer. */
export const optionalRanges = {
  ...ranges,
  min: 0,
  doc: 'Only findings in these regions, 0-based and half-open on a chromosome of GRCh37 or GRCh38, such as `NC_000007.14:55174721-55174820`. Results of the other assembly are found too, by liftover.',
} as const satisfies ParameterRow;

/** Variants that narrow an answer. */
export const optionalVariants = {
  type: 'string',
  searchType: 'string',
  min: 0,
  max: '*',
  doc: 'Only these variants, as SPDI (`NC_000007.14:140753335:A:T`) or HGVS, on a chromosome of either assembly or on a transcript.',
} as const satisfies ParameterRow;

/** Haplotypes that narrow an answer. */
export const optionalHaplotypes = {
  type: 'string',
  searchType: 'token',
  min: 0,
  max: '*',
  doc: 'Only what follows from these haplotypes or genotypes, such as `CYP2C19 *2/*17`, `CYP2C19 *2`, `HLA-B*57:01`, a gene alone, or a code with its system.',
} as const satisfies ParameterRow;

/** Consequences that narrow an answer. */
export const featureConsequences = {
  type: 'string',
  searchType: 'token',
  min: 0,
  max: '*',
  doc: 'Only these consequences: terms of the Sequence Ontology as `system|code` (`http://www.sequenceontology.org|SO:0001587`), code or name (`stop_gained`). A term finds everything narrower: splice_site_variant finds donors and acceptors.',
} as const satisfies ParameterRow;

/** Conditions that narrow an answer. */
export const conditions = {
  type: 'string',
  searchType: 'token',
  min: 0,
  max: '*',
  doc: 'Only what is known for these conditions: `system|code` of any vocabulary that the loaded sources carry (MedGen, OMIM, MONDO, Disease Ontology, HPO, SNOMED CT ...), or a code or name alone.',
} as const satisfies ParameterRow;

/** Treatments that narrow an answer. */
export const treatments = {
  type: 'string',
  searchType: 'token',
  min: 0,
  max: '*',
  doc: 'Only what is known for these treatments: `system|code` of any vocabulary that the loaded sources carry (RxNorm, NCI Thesaurus, DrugBank, PharmGKB), or a code or name alone.',
} as const satisfies ParameterRow;

/** Filters on the tests that a finding comes from. All that are given must hold. */
export const testFilters = {
  testIdentifiers: {
    type: 'string',
    searchType: 'token',
    min: 0,
    max: '*',
    doc: 'Look at these tests only.',
  },
  testDateRange: {
    type: 'Period',
    min: 0,
    max: '1',
    doc: 'Look at tests of these dates only: in a query one or two prefixed dates (`ge2020-01-01`), in a body a Period.',
  },
  specimenIdentifiers: {
    type: 'string',
    searchType: 'token',
    min: 0,
    max: '*',
    doc: 'Look at results of these specimens only.',
  },
} as const satisfies Readonly<Record<string, ParameterRow>>;

/** `germline` or `somatic`; a token everywhere but in find-subject-variants, where the guide has a code. */
export const genomicSourceClass = {
  type: 'string',
  searchType: 'token',
  min: 0,
  max: '1',
  doc: 'Only `germline` or only `somatic` findings. Without it all are answered, those of unknown class too.',
} as const satisfies ParameterRow;

export const includeVariants = {
  type: 'boolean',
  min: 0,
  max: '1',
  doc: 'Return the variants themselves, not only whether there are any. Default false.',
} as const satisfies ParameterRow;

export const includePatientList = {
  type: 'boolean',
  min: 0,
  max: '1',
  doc: 'Name the subjects, not only their number. Default false.',
} as const satisfies ParameterRow;

/** What a population's answer says of each item. The extension callable-subjects says of how many it is known. */
export const populationCounts = {
  numerator: { type: 'Quantity', min: 1, max: '1', doc: 'Number of subjects that have it.' },
  denominator: { type: 'Quantity', min: 0, max: '1', doc: 'Number of subjects with at least one test in the archive.' },
  subject: { type: 'string', min: 0, max: '*', doc: 'Id of a subject that has it, ascending.' },
} as const satisfies Readonly<Record<string, OutputRow>>;

/** The range that a group of the answer belongs to. */
export const rangeItem = {
  type: 'string',
  min: 1,
  max: '1',
  doc: 'The range as it was asked.',
} as const satisfies OutputRow;

export const presence = {
  type: 'boolean',
  min: 1,
  max: '1',
  doc: 'Whether at least one variant was found. The extension range-coverage of the group says what a false rests on.',
} as const satisfies OutputRow;

export const variant = {
  type: 'Observation',
  profile: 'variant',
  min: 0,
  max: '*',
  doc: 'A variant that was found.',
} as const satisfies OutputRow;

export const haplotype = {
  type: 'Observation',
  profile: 'haplotype',
  min: 0,
  max: '*',
  doc: 'A named allele, such as CYP2C19 *17.',
} as const satisfies OutputRow;

export const genotype = {
  type: 'Observation',
  profile: 'genotype',
  min: 0,
  max: '*',
  doc: 'The alleles of a gene, such as CYP2C19 *2/*17. Several of one test are candidates that nothing tells apart, as their notes say.',
} as const satisfies OutputRow;

/** A variant that implications rest on. */
export const derivedVariant = {
  ...variant,
  doc: 'A variant that an implication rests on, once.',
} as const satisfies OutputRow;
