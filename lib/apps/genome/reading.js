// From FHIR Parameters and Observations to what the app shows. Pure: no page, no network.

const RANGE_COVERAGE = '/StructureDefinition/range-coverage';
const CALLABLE_SUBJECTS = '/StructureDefinition/callable-subjects';
const STAR_ALLELE_CALL = '/StructureDefinition/star-allele-call';
/** LOINC answers that guidance on medicines is coded with; the source's own words stand beside. */
const MEANINGS = /** @type {Readonly<Record<string, string>>} */ ({
  'LA10315-2': 'Ultrarapid metabolizer',
  'LA25390-8': 'Rapid metabolizer',
  'LA25391-6': 'Normal metabolizer',
  'LA10317-8': 'Intermediate metabolizer',
  'LA9657-3': 'Poor metabolizer',
  'LA25392-4': 'Increased function',
  'LA25393-2': 'Normal function',
  'LA25395-7': 'Decreased function',
  'LA25394-0': 'Poor function',
  'LA6676-6': 'Resistant',
  'LA6677-4': 'Responsive',
  'LA19541-4': 'High risk',
  'LA19542-2': 'Low risk',
});
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
/** @typedef {{ gene: string, genotypes: readonly Genotype[], haplotypes: readonly Genotype[], absences: readonly Absence[] }} HaplotypeGroup */
/** @typedef {{ test: string | undefined, outcome: string, missing: readonly string[] }} Absence why a test has no genotype of a gene */
/** @typedef {{ id: string, name: string, test: string | undefined, notes: readonly string[] }} Genotype */
/**
 * @typedef {object} Implication
 * @property {string} id
 * @property {string} meaning significance or therapeutic implication, in words
 * @property {readonly string[]} medications
 * @property {readonly string[]} conditions
 * @property {readonly string[]} evidence
 * @property {string | undefined} source
 * @property {readonly { name: string, places: readonly Place[], tests: readonly string[] }[]} restsOn variants and genotypes
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
    test: testOf(observation),
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
 * Groups of `$find-subject-haplotypes`, in the order asked.
 *
 * @param {any} parameters
 * @returns {readonly HaplotypeGroup[]}
 */
export function haplotypeGroups(parameters) {
  return groups(parameters, 'haplotypes').map((group) => ({
    gene: text(partOf(group, 'geneItem')) ?? '',
    genotypes: resources(group, 'genotype').map(genotypeOf),
    haplotypes: resources(group, 'haplotype').map(genotypeOf),
    absences: (group.extension ?? []).filter(isCall).map(absenceOf),
  }));
}

/** @param {any} extension */
function isCall({ url }) {
  return url?.endsWith(STAR_ALLELE_CALL);
}

/** @param {any} extension @returns {Absence} */
function absenceOf({ extension: parts = [] }) {
  /** @param {string} url @returns {readonly string[]} */
  const values = (url) =>
    parts
      .filter((/** @type {any} */ part) => part.url === url)
      .map((/** @type {any} */ part) => part.valueString ?? part.valueCode);
  return { test: values('test')[0], outcome: values('outcome')[0] ?? '', missing: values('missing') };
}

/**
 * @param {any} observation of the profile `genotype` or `haplotype`
 * @returns {Genotype}
 */
export function genotypeOf(observation) {
  return {
    id: observation.id,
    name: conceptText(observation.valueCodeableConcept) ?? 'unnamed',
    test: testOf(observation),
    notes: notesOf(observation),
  };
}

/**
 * Implications of `$find-subject-tx-implications` or `$find-subject-dx-implications`, each with what it rests on in the
 * same answer. What is said of one variant or genotype that several tests found, or in several answers, is told once.
 *
 * @param {readonly any[]} answers
 * @returns {readonly Implication[]}
 */
export function implications(answers) {
  /** @param {Implication} one */
  const told = ({ id: _, restsOn, ...rest }) => JSON.stringify([rest, restsOn.map(({ name }) => name)]);
  const alike = Map.groupBy(answers.flatMap(statements), told);
  return [...alike.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, restsOn: merged([first, ...others]) }],
  );
}

/** @param {readonly Implication[]} alike that rest on the same names @returns {Implication['restsOn']} */
function merged(alike) {
  const [first] = alike;
  return (first?.restsOn ?? []).map(({ name }, index) => ({
    name,
    places: alike.flatMap(({ restsOn }) => restsOn[index]?.places ?? []),
    tests: [...new Set(alike.flatMap(({ restsOn }) => restsOn[index]?.tests ?? []))],
  }));
}

/** @param {any} parameters @returns {readonly Implication[]} */
function statements(parameters) {
  /** @type {Map<string, Implication['restsOn'][number]>} */
  const bases = new Map();
  for (const { name, resource } of parametersOf(parameters)) {
    const tests = [testOf(resource)].filter((test) => test !== undefined);
    if (name === 'variant') {
      const variant = variantOf(resource);
      bases.set(resource.id, { name: variant.name, places: variant.places, tests });
    }
    if (name === 'genotype' || name === 'haplotype') {
      bases.set(resource.id, { name: genotypeOf(resource).name, places: [], tests });
    }
  }
  return parametersOf(parameters)
    .filter(({ name }) => name === 'implication')
    .map(({ resource }) => ({
      id: resource.id,
      meaning: meaningOf(resource),
      medications: allWords(resource, LOINC.medication, 'associated-therapy'),
      conditions: allWords(resource, LOINC.phenotype),
      evidence: allWords(resource, LOINC.evidence),
      source: wordsOf(resource, 'knowledge-base'),
      restsOn: (resource.derivedFrom ?? []).map(
        (/** @type {any} */ { reference }) =>
          bases.get(String(reference).split('/').pop() ?? '') ?? {
            name: reference,
            places: [],
            tests: [],
          },
      ),
      notes: [...allWords(resource, 'conclusion-string'), ...notesOf(resource)],
    }));
}

/**
 * What an answer says of itself: which part of it is not there, and why.
 *
 * @param {any} parameters
 * @returns {readonly string[]}
 */
export function warnings(parameters) {
  return parametersOf(parameters)
    .filter(({ resource }) => resource?.resourceType === 'OperationOutcome')
    .flatMap(({ resource }) => resource.issue ?? [])
    .map(({ diagnostics, details }) => diagnostics ?? conceptText(details) ?? 'a part of the answer is missing');
}

/** @param {any} resource */
function meaningOf(resource) {
  const [concept] = [LOINC.significance, 'therapeutic-implication']
    .map((code) => component(resource, code)?.valueCodeableConcept)
    .filter((one) => one !== undefined);
  const word = MEANINGS[concept?.coding?.[0]?.code];
  const said = conceptText(concept);
  if (said === undefined) return 'no meaning is stated';
  return word === undefined || word === said ? said : `${word}: ${said}`;
}

/** @param {any} resource @returns {readonly string[]} */
function notesOf(resource) {
  return (resource.note ?? []).map((/** @type {any} */ note) => note.text);
}

/** @param {any} resource @returns {string | undefined} */
function testOf(resource) {
  return resource.partOf?.[0]?.identifier?.value ?? resource.partOf?.[0]?.display;
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
    callable: group.extension?.find((/** @type {any} */ one) => one.url?.endsWith(CALLABLE_SUBJECTS))?.valueQuantity
      ?.value,
  }));
}

/** @param {any} parameters @returns {readonly any[]} */
function parametersOf(parameters) {
  if (parameters?.resourceType !== 'Parameters') throw new Error('the answer is no Parameters resource');
  return parameters.parameter ?? [];
}

/** @param {any} parameters @param {string} name @returns {readonly any[]} */
function groups(parameters, name) {
  return parametersOf(parameters).filter((one) => one.name === name);
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
