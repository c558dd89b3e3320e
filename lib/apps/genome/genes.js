// The variants of each gene, with a picture and how far the gene was tested.
import { el } from '../shared/dom.js';
import { exonsOf, formatRange, GENES, geneModel, widened } from './gene-models.js';
import { badge, fill, missing, panel, table } from './panel.js';
import { variantGroups } from './reading.js';
import { track } from './track.js';
import { COVERAGE, position, verdict } from './words.js';

/** @typedef {import('./server.js').GenomicsServer} GenomicsServer */
/** @typedef {import('./gene-models.js').Build} Build */
/** @typedef {import('./gene-models.js').GeneModel} GeneModel */
/** @typedef {import('./reading.js').Variant} Variant */
/** @typedef {import('./reading.js').Coverage} Coverage */
/** @typedef {{ symbol: string, model?: GeneModel, coverage?: Coverage, variants?: readonly Variant[] }} GeneResult without what could not be had */

/**
 * Shows the genes that are always looked at, and those asked for.
 *
 * @param {GenomicsServer} server
 * @param {string} subject
 * @param {Build} build
 * @returns {Promise<readonly GeneResult[]>} when all of them are there
 */
export async function showGenes(server, subject, build) {
  const part = panel(
    'genes',
    'Variants by gene',
    'Each gene with 2,000 bases around it. Open one for its picture and its variants.',
  );
  /** @type {Promise<GeneResult>[]} */
  const loading = [];
  await fill(part, async () => [
    legend(),
    ...Object.entries(GENES).map(([title, symbols]) => {
      const list = el('div', { class: 'genes' });
      for (const symbol of symbols) {
        const { card, result } = geneCard(server, subject, symbol, build);
        list.append(card);
        loading.push(result);
      }
      return el('section', {}, el('h3', {}, title), list);
    }),
    another(server, subject, build),
  ]);
  return Promise.all(loading);
}

/** @param {GenomicsServer} server @param {string} subject @param {Build} build */
function another(server, subject, build) {
  const input = /** @type {HTMLInputElement} */ (el('input', { id: 'gene', autocomplete: 'off', required: true }));
  const list = el('div', { class: 'genes', 'aria-live': 'polite' });
  return el(
    'section',
    {},
    el('h3', {}, 'Another gene'),
    el(
      'form',
      {
        class: 'ask',
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          const { card } = geneCard(server, subject, input.value.trim().toUpperCase(), build);
          /** @type {HTMLDetailsElement} */ (card).open = true;
          list.prepend(card);
        },
      },
      el('label', { for: 'gene' }, 'Symbol or HGNC id'),
      input,
      el('button', {}, 'Look'),
    ),
    list,
  );
}

/**
 * @param {GenomicsServer} server
 * @param {string} subject
 * @param {string} symbol
 * @param {Build} build
 * @returns {{ card: HTMLElement, result: Promise<GeneResult> }}
 */
function geneCard(server, subject, symbol, build) {
  const said = el('span', { class: 'said' }, 'Loading …');
  const body = el('div', { class: 'gene-body' });
  const card = el(
    'details',
    { class: 'gene-card', 'data-gene': symbol },
    el('summary', {}, el('b', {}, symbol), said),
    body,
  );
  return { card, result: load() };

  /** @returns {Promise<GeneResult>} */
  async function load() {
    const model = await geneModel(server, symbol, build);
    if ('problem' in model) {
      said.replaceChildren(badge('unknown', 'not looked at'));
      body.replaceChildren(el('p', { class: 'unavailable' }, model.problem));
      return { symbol };
    }
    const outcome = await server.ask('find-subject-variants', {
      subject,
      ranges: [formatRange(widened(model.range))],
      includeVariants: true,
    });
    // The gene itself, without what is around it: a panel that tests the gene whole has tested it.
    const tested = await server.ask('find-subject-variants', { subject, ranges: [formatRange(model.range)] });
    if (outcome.state !== 'answered' || tested.state !== 'answered') {
      const wrong = outcome.state === 'answered' ? tested : outcome;
      said.replaceChildren(badge('unknown', wrong.state === 'failed' ? 'could not be read' : 'not available'));
      if (wrong.state !== 'answered') body.replaceChildren(missing(wrong));
      return { symbol, model };
    }
    const variants = variantGroups(outcome.body)[0]?.variants ?? [];
    const coverage = variantGroups(tested.body)[0]?.coverage ?? 'unknown';
    said.replaceChildren(verdict(variants.length, coverage), badge(coverage, COVERAGE[coverage].badge));
    card.addEventListener('toggle', () => draw(model, variants, coverage), { once: true });
    if (/** @type {HTMLDetailsElement} */ (card).open) await draw(model, variants, coverage);
    return { symbol, model, coverage, variants };
  }

  /** @param {GeneModel} model @param {readonly Variant[]} variants @param {Coverage} coverage */
  async function draw(model, variants, coverage) {
    const exons = await exonsOf(server, model, build);
    const told =
      exons.ranges.length === 0
        ? undefined
        : await server.ask('find-subject-variants', { subject, ranges: exons.ranges.map(formatRange) });
    const ofExons = told?.state === 'answered' ? variantGroups(told.body).map((group) => group.coverage) : [];
    body.replaceChildren(
      track(model, exons, variants, coverage, ofExons),
      el('p', {}, COVERAGE[coverage].meaning),
      ...(variants.length === 0 ? [] : [variantTable(model, variants)]),
      el(
        'p',
        { class: 'aside' },
        `${model.range.accession}, ${model.transcript ?? 'no transcript'}; positions count from 1.`,
      ),
    );
  }
}

/** @param {GeneModel} model @param {readonly Variant[]} variants */
function variantTable({ symbol, range }, variants) {
  const rows = variants.map((variant) => {
    const { name, protein, state, change, sourceClass, start0, frequency, depth, ids, test, genomic } = variant;
    const outside = start0 !== undefined && (start0 < range.start0 || start0 >= range.end0) ? ' (beside the gene)' : '';
    const reads =
      depth === undefined
        ? ''
        : `${depth} reads${frequency === undefined ? '' : ` (${Math.round(frequency * 100)} %)`}`;
    return [
      el('span', {}, short(name), genomic === undefined || genomic === name ? '' : el('small', {}, short(genomic))),
      protein ?? '',
      state ?? 'not stated',
      [change, sourceClass].filter((words) => words !== undefined).join(', '),
      start0 === undefined ? '' : position(start0) + outside,
      reads,
      ids.join(', '),
      test?.replace(/^Test /, '') ?? '',
    ];
  });
  return table(
    `Variants of ${symbol}`,
    ['Variant', 'Protein', 'Allelic state', 'Kind', 'Position', 'Reads', 'Known as', 'Test'],
    rows,
  );
}

/** @param {string} name */
function short(name) {
  return name.length > 60 ? `${name.slice(0, 45)}… (${name.length} characters)` : name;
}

function legend() {
  return el(
    'ul',
    { class: 'legend', 'aria-label': 'How far a gene was tested' },
    ...Object.entries(COVERAGE).map(([kind, { badge: words }]) => el('li', {}, badge(kind, words))),
  );
}
