// The tests of a record, and what is known about what they found: medicines and findings.
import { el } from '../shared/dom.js';
import { formatRange, GENES, widened } from './gene-models.js';
import { badge, fill, missing, panel, table } from './panel.js';
import { genotypeTokens, haplotypeGroups, implications, tests } from './reading.js';
import { COVERAGE, listed } from './words.js';

/** @typedef {import('./server.js').GenomicsServer} GenomicsServer */
/** @typedef {import('./genes.js').GeneResult} GeneResult */
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
  return found.length > 0 && found.every(({ build }) => build?.startsWith('GRCh37')) ? 'build37' : 'build38';
}

/**
 * Shows genotypes of the genes that matter for medicines, and what follows from them.
 *
 * @param {GenomicsServer} server
 * @param {string} subject
 */
export async function showMedicines(server, subject) {
  const genes = GENES.Medicines;
  const part = panel('medicines', 'Genotypes and medicines', `Looked at: ${listed(genes)}.`);
  await fill(part, async () => {
    const outcome = await server.ask('find-subject-haplotypes', { subject, genes });
    if (outcome.state !== 'answered') return [missing(outcome)];
    const found = haplotypeGroups(outcome.body);
    const rows = found.map(({ gene, genotypes, note }) =>
      genotypes.length === 0
        ? [gene, badge('unknown', 'not determined'), note ?? 'This does not mean normal.']
        : [gene, listed(genotypes.map(({ name }) => name)), genotypes.flatMap(({ extras }) => extras).join('; ')],
    );
    const silent = genes.filter((symbol) => !found.some(({ gene }) => gene.includes(symbol)));
    return [
      table(
        'Genotypes',
        ['Gene', 'Genotype', 'What it means for the gene'],
        [...rows, ...silent.map((gene) => [gene, badge('unknown', 'no answer'), 'This does not mean normal.'])],
      ),
      el('h3', {}, 'Guidance on medicines'),
      ...(await guidance(server, subject, genotypeTokens(found))),
    ];
  });
}

/** @param {GenomicsServer} server @param {string} subject @param {readonly string[]} haplotypes */
async function guidance(server, subject, haplotypes) {
  if (!server.operations.has('find-subject-tx-implications') || haplotypes.length > 0) {
    const outcome = await server.ask('find-subject-tx-implications', { subject, haplotypes });
    if (outcome.state !== 'answered') return [missing(outcome)];
    const found = implications(outcome.body);
    if (found.length > 0) return [el('ul', { class: 'findings' }, ...found.map(medicine))];
    return [el('p', {}, 'The knowledge that is loaded says nothing about these genotypes. That is no advice.')];
  }
  return [el('p', {}, 'Without a genotype there is no guidance. That is no advice either.')];
}

/** @param {Implication} implication */
function medicine({ meaning, medications, conditions, evidence, restsOn, notes }) {
  return el(
    'li',
    {},
    el('h4', {}, medications.length === 0 ? 'Medicine not named' : listed(medications)),
    el('p', {}, meaning, conditions.length === 0 ? '' : ` (${listed(conditions)})`),
    ...notes.map((note) => el('p', {}, note)),
    rests(restsOn, evidence),
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
    const ranges = looked.flatMap(({ model }) => (model === undefined ? [] : [formatRange(widened(model.range))]));
    if (ranges.length === 0) return [el('p', { class: 'unavailable' }, 'Not available: this server knows no genes.')];
    const outcome = await server.ask('find-subject-dx-implications', { subject, ranges });
    if (outcome.state !== 'answered') return [missing(outcome)];
    const found = implications(outcome.body);
    return [
      found.length === 0
        ? el('p', {}, 'The knowledge that is loaded has no entry for the variants found.')
        : el('ul', { class: 'findings' }, ...found.map(finding)),
      ...reach(looked),
    ];
  });
}

/** @param {Implication} implication */
function finding({ meaning, conditions, evidence, restsOn, notes }) {
  const grave = /pathogenic/i.test(meaning) && !/benign|conflict/i.test(meaning);
  return el(
    'li',
    { class: grave ? 'grave' : undefined },
    el('h4', {}, meaning),
    el('p', {}, conditions.length === 0 ? 'Condition not stated' : listed(conditions)),
    ...notes.map((note) => el('p', {}, note)),
    rests(restsOn, evidence),
  );
}

/** @param {readonly string[]} restsOn @param {readonly string[]} evidence */
function rests(restsOn, evidence) {
  return el(
    'p',
    { class: 'aside' },
    `Rests on ${restsOn.length === 0 ? 'what is not stated' : listed(restsOn)}.`,
    evidence.length === 0 ? '' : ` Evidence: ${listed(evidence)}.`,
  );
}

/**
 * Where these findings could not have come from: what was not tested is named, gene by gene.
 *
 * @param {readonly GeneResult[]} looked
 */
function reach(looked) {
  const lines = Object.entries(COVERAGE).flatMap(([kind, { badge: words }]) => {
    const genes = looked.filter(({ coverage }) => coverage === kind).map(({ symbol }) => symbol);
    return genes.length === 0 ? [] : [el('li', {}, badge(kind, words), ` ${listed(genes)}`)];
  });
  const unread = looked.filter(({ coverage }) => coverage === undefined).map(({ symbol }) => symbol);
  if (unread.length > 0) lines.push(el('li', {}, badge('unknown', 'not looked at'), ` ${listed(unread)}`));
  return [el('h3', {}, 'How far this reaches'), el('ul', { class: 'reach' }, ...lines)];
}
