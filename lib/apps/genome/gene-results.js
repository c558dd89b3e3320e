// What the archive knows of genes: their variants, and how far they were tested.
import { formatRange, geneModel, widened } from './gene-models.js';
import { variantGroups } from './reading.js';

/** @typedef {import('./server.js').GenomicsServer} GenomicsServer */
/** @typedef {import('./server.js').Unavailable} Unavailable */
/** @typedef {import('./server.js').Failed} Failed */
/** @typedef {import('./gene-models.js').GeneModel} GeneModel */
/** @typedef {import('./reading.js').Variant} Variant */
/** @typedef {import('./reading.js').Coverage} Coverage */
/**
 * @typedef {object} Found
 * @property {readonly Variant[]} variants small ones
 * @property {readonly Variant[]} large those that are not told as small ones already
 * @property {Coverage} coverage of the gene itself, for small variants
 * @property {Coverage} largeCoverage the same for large ones
 * @property {Coverage} beside of the gene with what is around it
 */
/** @typedef {{ symbol: string, problem: string }} NotPlaced the server does not know where the gene lies */
/** @typedef {{ symbol: string, model: GeneModel, wrong: Unavailable | Failed }} NotRead */
/** @typedef {{ symbol: string, model: GeneModel, found: Found }} Read */
/** @typedef {NotPlaced | NotRead | Read} GeneResult */

/**
 * How many variants there are: what two tests found, under one name, is one.
 *
 * @param {readonly Variant[]} variants
 */
export function distinct(variants) {
  return new Set(variants.map(({ name }) => name)).size;
}

const SMALL = 'find-subject-variants';
const LARGE = 'find-subject-structural-intersecting-variants';

/**
 * Looks at genes, all in few questions.
 *
 * @param {GenomicsServer} server
 * @param {string} subject
 * @param {readonly string[]} symbols
 * @param {import('./gene-models.js').Build} build
 * @returns {Promise<readonly GeneResult[]>} one for each symbol, in order
 */
export async function lookAt(server, subject, symbols, build) {
  const models = await Promise.all(symbols.map((symbol) => geneModel(server, symbol, build)));
  const placed = models.flatMap((model) => ('problem' in model ? [] : [model]));
  const around = placed.map(({ range }) => formatRange(widened(range)));
  // The genes themselves, without what is around them: a panel that tests a gene whole has tested it.
  const themselves = placed.map(({ range }) => formatRange(range));
  const [small, smallTested, large, largeTested] = await Promise.all([
    groupsOf(server, SMALL, { subject, ranges: around, includeVariants: true }),
    groupsOf(server, SMALL, { subject, ranges: themselves }),
    groupsOf(server, LARGE, { subject, ranges: around, includeVariants: true }),
    groupsOf(server, LARGE, { subject, ranges: themselves }),
  ]);
  return models.map((model, index) => {
    const symbol = symbols[index] ?? '';
    if ('problem' in model) return { symbol, problem: model.problem };
    const at = placed.indexOf(model);
    const answers = [small[at], smallTested[at], large[at], largeTested[at]];
    const wrong = answers.find((answer) => answer === undefined || 'state' in answer);
    if (wrong !== undefined && 'state' in wrong) return { symbol, model, wrong };
    return { symbol, model, found: foundIn(/** @type {readonly VariantGroup[]} */ (answers)) };
  });
}

/** @typedef {import('./reading.js').VariantGroup} VariantGroup */

/** @param {readonly VariantGroup[]} groups in the order of the questions */
function foundIn([small, smallTested, large, largeTested]) {
  const variants = small?.variants ?? [];
  // A long deletion that is stated as sequence is answered as both.
  const names = variants.map(({ genomic }) => genomic);
  return {
    variants,
    large: (large?.variants ?? []).filter(({ genomic }) => genomic === undefined || !names.includes(genomic)),
    coverage: smallTested?.coverage ?? 'unknown',
    largeCoverage: largeTested?.coverage ?? 'unknown',
    beside: small?.coverage ?? 'unknown',
  };
}

/**
 * The answer for each range of a question. One range that cannot be compared fails the question for all of them: then
 * each is asked by itself.
 *
 * @param {GenomicsServer} server
 * @param {string} code
 * @param {{ subject: string, ranges: readonly string[], includeVariants?: boolean }} question
 * @returns {Promise<readonly (VariantGroup | Unavailable | Failed)[]>}
 */
export async function groupsOf(server, code, question) {
  const { ranges } = question;
  if (ranges.length === 0) return [];
  const outcome = await server.ask(code, question);
  if (outcome.state === 'answered') {
    const groups = variantGroups(outcome.body);
    if (groups.length === ranges.length) return groups;
    return ranges.map(() => ({ state: 'failed', why: 'The answer does not fit the question.' }));
  }
  if (outcome.state === 'unavailable' || ranges.length === 1) return ranges.map(() => outcome);
  const each = ranges.map((range) => groupsOf(server, code, { ...question, ranges: [range] }));
  return (await Promise.all(each)).flat();
}
