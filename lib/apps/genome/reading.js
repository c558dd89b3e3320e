// From FHIR Parameters and Observations to what the app shows. Pure: no page, no network.

const RANGE_COVERAGE = '/StructureDefinition/range-coverage';
const LOINC = {
  change: '48019-4',
  sequence: '48013-7',
  ref: '69547-8',
  alt: '69551-0',
  place: '81254-5',
  outer: '81301-4',
  inner: '81302-2',
  assembly: '62374-4',
  copies: '82155-3',
  sourceClass: '48002-0',
  allelicState: '53034-5',
  frequency: '81258-6',
  depth: '82121-5',
  genomicHgvs: '81290-9',
  codingHgvs: '48004-6',
  proteinHgvs: '48005-3',
  code: '81252-9',
  gene: '48018-6',
  significance: '53037-8',
  phenotype: '81259-4',
  evidence: '93044-6',
  medication: '51963-7',
  genotype: '84413-4',
};
const SPDI = 'https://api.ncbi.nlm.nih.gov/variation/v0/';
const DBSNP = 'http://www.ncbi.nlm.nih.gov/projects/SNP';
const CLINVAR = 'http://www.ncbi.nlm.nih.gov/clinvar';

/** @typedef {{ accession: string, start0: number, end0: number }} Place 0-based and interbase */
/** @typedef {'covered' | 'partly' | 'not-covered' | 'unknown'} Coverage */
/**
 * @typedef {object} Variant
 * @property {string} id of the Observation
 * @property {string} name the shortest name that says it: c.HGVS, else g.HGVS, else SPDI
 * @property {string | undefined} genomic g.HGVS or SPDI
 * @property {string | undefined} protein
 * @property {string | undefined} change such as SNV
 * @property {string | undefined} state such as Heterozygous
 * @property {string | undefined} sourceClass
 * @property {string | undefined} assembly such as GRCh38
 * @property {readonly Place[]} places on one or both assemblies, the record's own first
 * @property {number | undefined} copies
 * @property {number | undefined} frequency 0 to 1, of the sample's reads
 * @property {number | undefined} depth reads with the allele
 * @property {readonly string[]} ids dbSNP and ClinVar numbers
 * @property {string | undefined} test
 */
/** @typedef {{ item: string, present: boolean, coverage: Coverage, variants: readonly Variant[] }} VariantGroup */
/** @typedef {{ gene: string, genotypes: readonly Genotype[], haplotypes: readonly Genotype[], note: string | undefined }} HaplotypeGroup */
/** @typedef {{ id: string, name: string, system: string | undefined, code: string | undefined, gene: string | undefined, extras: readonly string[] }} Genotype */
/**
 * @typedef {object} Implication
 * @property {string} id
 * @property {string} meaning significance or therapeutic implication, in words
 * @property {readonly string[]} medications
 * @property {readonly string[]} conditions
 * @property {readonly string[]} evidence
 * @property {readonly string[]} restsOn names of the variants and genotypes
 * @property {readonly string[]} notes
 */

/**
 * Groups of `$find-subject-variants` and the like, in the order asked.
 *
 * @param {any} parameters
 * @returns {readonly VariantGroup[]}
 */
export function variantGroups(parameters) {
  return groups(parameters, 'variants').map((group) => ({
    item: text(partOf(group, 'rangeItem') ?? partOf(group, 'variantItem')) ?? '',
    present: partOf(group, 'presence')?.valueBoolean === true,
    coverage: coverageOf(group),
    variants: resources(group, 'variant').map(variantOf),
  }));
}

/**
 * What a server says of how much of a range was tested; one that says nothing, or says what is not known here, leaves
 * it unknown.
 *
 * @param {any} group
 * @returns {Coverage}
 */
function coverageOf(group) {
  const told = group.extension?.find((/** @type {any} */ one) => one.url?.endsWith(RANGE_COVERAGE))?.valueCode;
  return ['covered', 'partly', 'not-covered'].includes(told) ? told : 'unknown';
}

/**
 * @param {any} observation of the profile `variant`
 * @returns {Variant}
 */
export function variantOf(observation) {
  const coding = codeOf(observation, LOINC.codingHgvs);
  const genomic = codeOf(observation, LOINC.genomicHgvs) ?? identified(observation, SPDI)[0];
  return {
    id: observation.id,
    name: coding ?? genomic ?? described(observation),
    genomic,
    protein: codeOf(observation, LOINC.proteinHgvs),
    change: wordsOf(observation, LOINC.change),
    state: wordsOf(observation, LOINC.allelicState),
    sourceClass: wordsOf(observation, LOINC.sourceClass),
    assembly: wordsOf(observation, LOINC.assembly),
    places: placesOf(observation),
    copies: component(observation, LOINC.copies)?.valueQuantity?.value,
    frequency: component(observation, LOINC.frequency)?.valueQuantity?.value,
    depth: component(observation, LOINC.depth)?.valueQuantity?.value,
    ids: [...identified(observation, DBSNP), ...identified(observation, CLINVAR).map((id) => `ClinVar ${id}`)],
    test: observation.partOf?.[0]?.display,
  };
}

/**
 * Where a variant lies: as its record states it, and where its SPDI expressions place it, which may be of the other
 * assembly.
 *
 * @param {any} observation
 * @returns {readonly Place[]}
 */
function placesOf(observation) {
  const range = [LOINC.place, LOINC.outer, LOINC.inner]
    .map((code) => component(observation, code)?.valueRange)
    .find((one) => one?.low?.value !== undefined);
  const accession = codeOf(observation, LOINC.sequence);
  const own = range === undefined || accession === undefined ? [] : [{ accession, ...interval(range) }];
  const named = identified(observation, SPDI).flatMap((spdi) => {
    const [sequence = '', start = '', deleted = ''] = spdi.split(':');
    const start0 = Number(start);
    return Number.isInteger(start0) ? [{ accession: sequence, start0, end0: start0 + deleted.length }] : [];
  });
  return [...own, ...named];
}

/** @param {any} range */
function interval({ low, high }) {
  return { start0: low.value, end0: high?.value ?? low.value };
}

/**
 * A name for a variant that has none, such as a symbolic deletion.
 *
 * @param {any} observation
 */
function described(observation) {
  const kind = wordsOf(observation, LOINC.change)?.replaceAll('_', ' ') ?? 'variant';
  const [place] = placesOf(observation);
  return place === undefined ? kind : `${kind}, ${place.accession}:${place.start0 + 1}-${place.end0}`;
}

/**
 * Groups of `$find-subject-haplotypes`, in the order asked. `note` is what the server says beside: a gene without a
 * genotype was not determined, and never normal.
 *
 * @param {any} parameters
 * @returns {readonly HaplotypeGroup[]}
 */
export function haplotypeGroups(parameters) {
  return groups(parameters, 'haplotypes').map((group) => ({
    gene: text(partOf(group, 'geneItem')) ?? '',
    genotypes: resources(group, 'genotype').map(genotypeOf),
    haplotypes: resources(group, 'haplotype').map(genotypeOf),
    note: noteOf(group),
  }));
}

/** @param {any} group */
function noteOf(group) {
  const said = (group.extension ?? []).flatMap((/** @type {any} */ one) => leaves(one));
  return said.length === 0 ? undefined : said.join(', ');
}

/**
 * @param {any} extension
 * @returns {readonly string[]}
 */
function leaves(extension) {
  const nested = (extension.extension ?? []).flatMap(leaves);
  const [, value] = Object.entries(extension).find(([name]) => name.startsWith('value')) ?? [];
  const said = typeof value === 'object' && value !== null ? conceptText(value) : value;
  return said === undefined ? nested : [String(said), ...nested];
}

/**
 * @param {any} observation of the profile `genotype` or `haplotype`
 * @returns {Genotype}
 */
export function genotypeOf(observation) {
  const [coding] = observation.valueCodeableConcept?.coding ?? [];
  const extras = (observation.component ?? [])
    .filter((/** @type {any} */ one) => ![LOINC.gene, '51963-7'].includes(one.code?.coding?.[0]?.code))
    .map((/** @type {any} */ one) => valueText(one))
    .filter((/** @type {string | undefined} */ words) => words !== undefined);
  return {
    id: observation.id,
    name: conceptText(observation.valueCodeableConcept) ?? 'unnamed',
    system: coding?.system,
    code: coding?.code,
    gene: wordsOf(observation, LOINC.gene),
    extras,
  };
}

/**
 * Implications of `$find-subject-tx-implications` or `$find-subject-dx-implications`, each with what it rests on in the
 * same answer.
 *
 * @param {any} parameters
 * @returns {readonly Implication[]}
 */
export function implications(parameters) {
  const named = new Map();
  for (const { name, resource } of parameters?.parameter ?? []) {
    if (name === 'variant') named.set(resource.id, variantOf(resource).name);
    if (name === 'genotype' || name === 'haplotype') named.set(resource.id, genotypeOf(resource).name);
  }
  return (parameters?.parameter ?? [])
    .filter((/** @type {any} */ { name }) => name === 'implication')
    .map((/** @type {any} */ { resource }) => ({
      id: resource.id,
      meaning:
        wordsOf(resource, LOINC.significance) ?? wordsOf(resource, 'therapeutic-implication') ?? 'no meaning is stated',
      medications: allWords(resource, LOINC.medication, 'associated-therapy'),
      conditions: allWords(resource, LOINC.phenotype),
      evidence: allWords(resource, LOINC.evidence),
      restsOn: (resource.derivedFrom ?? []).map(
        (/** @type {any} */ { reference }) => named.get(String(reference).split('/').pop()) ?? reference,
      ),
      notes: (resource.note ?? []).map((/** @type {any} */ { text: note }) => note),
    }));
}

/** Coding systems of genotypes, for questions about what follows from them. @param {readonly HaplotypeGroup[]} found */
export function genotypeTokens(found) {
  const tokens = found.flatMap(({ genotypes }) =>
    genotypes.flatMap(({ system, code }) =>
      code === undefined ? [] : [system === undefined ? code : `${system}|${code}`],
    ),
  );
  return [...new Set(tokens)];
}

/**
 * Tests of `$find-study-metadata`, newest first.
 *
 * @param {any} parameters
 */
export function tests(parameters) {
  return groups(parameters, 'tests')
    .map((group) => ({
      id: text(partOf(group, 'testId') ?? partOf(group, 'testID')) ?? '',
      date: text(partOf(group, 'testDate'))?.slice(0, 10) ?? '',
      specimen: text(partOf(group, 'specimenId')),
      build: conceptText(partOf(group, 'genomicBuild')?.valueCodeableConcept),
      changes: (partOf(group, 'dnaChangeType')?.valueCodeableConcept?.coding ?? []).map(
        (/** @type {any} */ { display, code }) => String(display ?? code),
      ),
    }))
    .sort((a, b) => b.date.localeCompare(a.date));
}

/**
 * Counts of a population operation.
 *
 * @param {any} parameters
 */
export function counts(parameters) {
  return groups(parameters, 'variants').map((group) => ({
    item: text(partOf(group, 'variantItem')) ?? '',
    numerator: partOf(group, 'numerator')?.valueQuantity?.value,
    denominator: partOf(group, 'denominator')?.valueQuantity?.value,
    note: noteOf(group),
  }));
}

/** @param {any} parameters @param {string} name @returns {readonly any[]} */
function groups(parameters, name) {
  if (parameters?.resourceType !== 'Parameters') throw new Error('the answer is no Parameters resource');
  return (parameters.parameter ?? []).filter((/** @type {any} */ one) => one.name === name);
}

/** @param {any} group @param {string} name */
function partOf(group, name) {
  return group.part?.find((/** @type {any} */ one) => one.name === name);
}

/** @param {any} group @param {string} name @returns {readonly any[]} */
function resources(group, name) {
  return (group.part ?? [])
    .filter((/** @type {any} */ one) => one.name === name)
    .map((/** @type {any} */ one) => one.resource);
}

/** @param {any} part @returns {string | undefined} */
function text(part) {
  return part?.valueString ?? part?.valueDateTime;
}

/** @param {any} observation @param {string} code */
function component(observation, code) {
  return components(observation, code)[0];
}

/** @param {any} observation @param {string} code @returns {readonly any[]} */
function components(observation, code) {
  return (observation.component ?? []).filter((/** @type {any} */ one) =>
    one.code?.coding?.some((/** @type {any} */ coding) => coding.code === code),
  );
}

/** @param {any} observation @param {string} code @returns {string | undefined} */
function codeOf(observation, code) {
  return component(observation, code)?.valueCodeableConcept?.coding?.[0]?.code;
}

/** @param {any} observation @param {string} code */
function wordsOf(observation, code) {
  return valueText(component(observation, code));
}

/** @param {any} observation @param {...string} codes @returns {readonly string[]} */
function allWords(observation, ...codes) {
  return codes
    .flatMap((code) => components(observation, code))
    .map(valueText)
    .filter((words) => words !== undefined);
}

/** @param {any} one @returns {string | undefined} */
function valueText(one) {
  return one?.valueString ?? conceptText(one?.valueCodeableConcept) ?? one?.valueQuantity?.value?.toString();
}

/** @param {any} concept @returns {string | undefined} */
function conceptText(concept) {
  const [coding] = concept?.coding ?? [];
  return concept?.text ?? coding?.display ?? coding?.code;
}

/** @param {any} observation @param {string} system @returns {readonly string[]} */
function identified(observation, system) {
  return components(observation, LOINC.code)
    .flatMap((/** @type {any} */ one) => one.valueCodeableConcept?.coding ?? [])
    .filter((/** @type {any} */ coding) => coding.system === system)
    .map((/** @type {any} */ coding) => coding.code);
}
