// The tests of a record, and what is known about what they found: medicines and findings.
import { el } from '../shared/dom.js';
import { formatRange, GENOTYPED, widened } from './gene-models.js';
import { badge, fill, missing, panel, table } from './panel.js';
import { haplotypeGroups, implications, tests, warnings } from './reading.js';
import { absenceInWords, COVERAGE, listed } from './words.js';

/** @typedef {import('./server.js').GenomicsServer} GenomicsServer */
/** @typedef {import('./gene-results.js').GeneResult} GeneResult */
/** @typedef {import('./reading.js').Implication} Implication */

/**
 * Shows the tests.
 *
 * @param {GenomicsServer} server
 * @param {string} subject
 * @returns {Promise<import('./gene-models.js').Build>} the assembly to ask in: GRCh37 where all tests are of it
 */
export async function showTests(server, subject) {
  const outcome = await server.ask('find-study-metadata', { subject });
  const found = outcome.state === 'answered' ? tests(outcome.body) : [];
  await fill(panel('tests', 'Tests'), async () => {
    if (outcome.state !== 'answered') return [missing(outcome)];
    if (found.length === 0) return [el('p', {}, 'No test is in the archive: nothing can be said about this person.')];
    const rows = found.map(({ id, date, specimen, build, changes }) => [
      id,
      date,
      build ?? 'not stated',
      specimen ?? 'not stated',
      changes.length === 0 ? 'not stated' : listed(changes),
    ]);
    return [table('Tests in the archive', ['Test', 'Date', 'Assembly', 'Specimen', 'Looked for'], rows)];
  });
  // Tests of genotypes alone have no assembly.
  const builds = found.flatMap(({ build }) => (build === undefined ? [] : [build]));
  return builds.length > 0 && builds.every((build) => build.startsWith('GRCh37')) ? 'build37' : 'build38';
}

/**
 * Shows genotypes of the genes that matter for medicines, and what follows from them and from variants.
 *
 * @param {GenomicsServer} server
 * @param {string} subject
 * @param {Promise<readonly GeneResult[]>} genes
 */
export async function showMedicines(server, subject, genes) {
  const part = panel('medicines', 'Genotypes and medicines');
  await fill(part, async () => [
    ...(await genotypes(server, subject)),
    el('h3', {}, 'Guidance on medicines'),
    ...(await guidance(server, subject, await genes)),
  ]);
}

/** @param {GenomicsServer} server @param {string} subject */
async function genotypes(server, subject) {
  const genes = GENOTYPED;
  const outcome = await server.ask('find-subject-haplotypes', { subject, genes });
  if (outcome.state !== 'answered') return [missing(outcome)];
  const groups = haplotypeGroups(outcome.body);
  const rows = groups.flatMap(({ gene, genotypes: found, absences }) => {
    // Tests that lack the genotype for one reason share a line.
    const alike = Map.groupBy(absences, absenceInWords);
    const lines = [
      ...found.map(({ name, notes, test }) => [gene, name, notes.join(' '), test ?? 'not stated']),
      ...[...alike].map(([why, ofTests]) => [
        gene,
        badge('unknown', 'no genotype'),
        why,
        listed(ofTests.flatMap(({ test }) => (test === undefined ? [] : [test]))),
      ]),
    ];
    return lines.length === 0 ? [silent(gene)] : lines;
  });
  const unanswered = genes.filter((symbol) => !groups.some(({ gene }) => gene === symbol)).map(silent);
  return [table('Genotypes', ['Gene', 'Genotype', 'How it is known', 'Test'], [...rows, ...unanswered])];
}

/** @param {string} gene @returns {readonly (string | HTMLElement)[]} */
function silent(gene) {
  return [gene, badge('unknown', 'no genotype'), 'The server says nothing of it. This does not mean normal.', ''];
}

/**
 * What follows from genotypes of the genes for medicines, and from whatever lies in the genes that were looked at.
 *
 * @param {GenomicsServer} server
 * @param {string} subject
 * @param {readonly GeneResult[]} looked
 */
async function guidance(server, subject, looked) {
  const ranges = rangesOf(looked);
  const questions = [{ subject, haplotypes: GENOTYPED }, ...(ranges.length === 0 ? [] : [{ subject, ranges }])];
  const outcomes = await Promise.all(questions.map((question) => server.ask('find-subject-tx-implications', question)));
  const answers = outcomes.flatMap((outcome) => (outcome.state === 'answered' ? [outcome.body] : []));
  const [wrong] = outcomes.flatMap((outcome) => (outcome.state === 'answered' ? [] : [outcome]));
  const found = implications(answers);
  return [
    wrong === undefined ? '' : missing(wrong),
    found.length > 0 ? el('ul', { class: 'findings' }, ...found.map((one) => medicine(one, looked))) : '',
    found.length === 0 && wrong === undefined
      ? el('p', {}, 'The knowledge that is loaded has no entry. That is no advice.')
      : '',
    ...notThere(answers),
  ];
}

/** @param {Implication} implication @param {readonly GeneResult[]} looked */
function medicine(implication, looked) {
  const { meaning, medications, conditions, notes } = implication;
  return el(
    'li',
    {},
    el('h4', {}, medications.length === 0 ? 'Medicine not named' : listed(medications)),
    el('p', {}, meaning),
    ...notes.map((note) => el('p', {}, el('b', {}, note))),
    conditions.length === 0 ? '' : el('p', { class: 'aside' }, `For: ${listed(conditions)}.`),
    rests(implication, looked),
  );
}

/**
 * Shows findings of known meaning in the genes that were looked at.
 *
 * @param {GenomicsServer} server
 * @param {string} subject
 * @param {Promise<readonly GeneResult[]>} genes
 */
export async function showFindings(server, subject, genes) {
  const part = panel('findings', 'Findings of known meaning');
  await fill(part, async () => {
    const looked = await genes;
    const ranges = rangesOf(looked);
    if (ranges.length === 0) return [el('p', { class: 'unavailable' }, 'Not available: no gene could be looked at.')];
    const outcome = await server.ask('find-subject-dx-implications', { subject, ranges });
    if (outcome.state !== 'answered') return [missing(outcome)];
    const found = implications([outcome.body]);
    const harmless = found.filter(({ meaning }) => /benign/i.test(meaning) && !/conflict/i.test(meaning));
    const others = found.filter((one) => !harmless.includes(one)).sort((a, b) => gravity(a) - gravity(b));
    /** @param {readonly Implication[]} list */
    const listOf = (list) => el('ul', { class: 'findings' }, ...list.map((one) => finding(one, looked)));
    return [
      found.length === 0 ? el('p', {}, 'The knowledge that is loaded has no entry for the variants found.') : '',
      others.length === 0 ? '' : listOf(others),
      harmless.length === 0
        ? ''
        : el('details', {}, el('summary', {}, `Benign or likely benign: ${harmless.length}`), listOf(harmless)),
      ...notThere([outcome.body]),
      ...reach(looked),
    ];
  });
}

/** @param {Implication} implication */
function gravity({ meaning }) {
  if (/^(likely )?pathogenic/i.test(meaning)) return 0;
  return /risk|conflict|uncertain/i.test(meaning) ? 1 : 2;
}

/** @param {Implication} implication @param {readonly GeneResult[]} looked */
function finding(implication, looked) {
  const { meaning, conditions, notes } = implication;
  return el(
    'li',
    { class: gravity(implication) === 0 ? 'grave' : undefined },
    el('h4', {}, meaning),
    el('p', {}, conditions.length === 0 ? 'Condition not stated' : listed(conditions)),
    ...notes.map((note) => el('p', {}, note)),
    rests(implication, looked),
  );
}

/** @param {Implication} implication @param {readonly GeneResult[]} looked */
function rests({ restsOn, evidence, source }, looked) {
  const names = restsOn.map(({ name, places, tests: found }) => {
    const gene = geneAt(places, looked);
    return `${gene === '' ? '' : `${gene} `}${name}${found.length === 0 ? '' : ` (${listed(found)})`}`;
  });
  return el(
    'p',
    { class: 'aside' },
    `Rests on ${names.length === 0 ? 'what is not stated' : listed(names)}.`,
    evidence.length === 0 ? '' : ` Evidence: ${listed(evidence)}.`,
    source === undefined ? '' : ` Source: ${source}.`,
  );
}

/**
 * The gene that a variant lies in or beside.
 *
 * @param {readonly import('./reading.js').Place[]} places
 * @param {readonly GeneResult[]} looked
 */
function geneAt(places, looked) {
  const gene = looked.find((result) => {
    if (!('model' in result)) return false;
    const { accession, start0, end0 } = widened(result.model.range);
    return places.some((place) => place.accession === accession && place.start0 < end0 && place.end0 >= start0);
  });
  return gene?.symbol ?? '';
}

/** @param {readonly GeneResult[]} looked */
function rangesOf(looked) {
  return looked.flatMap((result) => ('model' in result ? [formatRange(widened(result.model.range))] : []));
}

/** @param {readonly unknown[]} answers */
function notThere(answers) {
  const said = [...new Set(answers.flatMap(warnings))];
  if (said.length === 0) return [];
  return [
    el('p', { class: 'unavailable' }, el('b', {}, 'Not in this answer:')),
    el('ul', {}, ...said.map((words) => el('li', {}, words))),
  ];
}

/**
 * Where these findings could not have come from: what was not tested is named, gene by gene.
 *
 * @param {readonly GeneResult[]} looked
 */
function reach(looked) {
  const lines = Object.entries(COVERAGE).flatMap(([kind, { badge: words }]) => {
    const genes = looked.filter((result) => 'found' in result && result.found.coverage === kind);
    return genes.length === 0 ? [] : [line(kind, words, genes)];
  });
  const unread = looked.filter((result) => !('found' in result));
  if (unread.length > 0) lines.push(line('unknown', 'not looked at', unread));
  return [el('h3', {}, 'How far this reaches'), el('ul', { class: 'reach' }, ...lines)];
}

/** @param {string} kind @param {string} words @param {readonly GeneResult[]} genes */
function line(kind, words, genes) {
  return el('li', {}, badge(kind, words), ` ${listed(genes.map(({ symbol }) => symbol))}`);
}
