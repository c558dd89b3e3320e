// The variants of each gene, with a picture and how far the gene was tested.
import { el } from '../shared/dom.js';
import { AROUND, exonsOf, formatRange, GENES, geneModel, widened } from './gene-models.js';
import { badge, fill, missing, panel, table } from './panel.js';
import { variantGroups } from './reading.js';
import { placeOn, track } from './track.js';
import { COVERAGE, position, verdict } from './words.js';

/** @typedef {import('./server.js').GenomicsServer} GenomicsServer */
/** @typedef {import('./gene-models.js').Build} Build */
/** @typedef {import('./gene-models.js').GeneModel} GeneModel */
/** @typedef {import('./reading.js').Variant} Variant */
/** @typedef {import('./reading.js').Coverage} Coverage */
/** @typedef {{ variants: readonly Variant[], large: readonly Variant[], coverage: Coverage, largeCoverage: Coverage, beside: Coverage }} Found `beside`: of the gene with what is around it */
/** @typedef {{ symbol: string, model?: GeneModel } & Partial<Found>} GeneResult without what could not be had */

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
    const around = [formatRange(widened(model.range))];
    // The gene itself, without what is around it: a panel that tests the gene whole has tested it.
    const itself = [formatRange(model.range)];
    const outcomes = await Promise.all([
      server.ask('find-subject-variants', { subject, ranges: around, includeVariants: true }),
      server.ask('find-subject-variants', { subject, ranges: itself }),
      server.ask('find-subject-structural-intersecting-variants', { subject, ranges: around, includeVariants: true }),
      server.ask('find-subject-structural-intersecting-variants', { subject, ranges: itself }),
    ]);
    const wrong = outcomes.find(({ state }) => state !== 'answered');
    if (wrong !== undefined && wrong.state !== 'answered') {
      said.replaceChildren(badge('unknown', wrong.state === 'failed' ? 'could not be read' : 'not available'));
      body.replaceChildren(missing(wrong));
      return { symbol, model };
    }
    const [small, smallTested, large, largeTested] = outcomes.map((outcome) =>
      outcome.state === 'answered' ? variantGroups(outcome.body)[0] : undefined,
    );
    const variants = small?.variants ?? [];
    // A long deletion that is stated as sequence is answered as both.
    const names = variants.map(({ genomic }) => genomic);
    const others = (large?.variants ?? []).filter(({ genomic }) => genomic === undefined || !names.includes(genomic));
    const found = {
      variants,
      large: others,
      coverage: smallTested?.coverage ?? 'unknown',
      largeCoverage: largeTested?.coverage ?? 'unknown',
      beside: small?.coverage ?? 'unknown',
    };
    said.replaceChildren(
      verdict(variants.length, found.coverage, 'small'),
      others.length === 0 ? '' : el('b', {}, verdict(others.length, found.largeCoverage, 'large')),
      badge(found.coverage, COVERAGE[found.coverage].badge),
    );
    if (/** @type {HTMLDetailsElement} */ (card).open) await draw(model, found);
    else card.addEventListener('toggle', () => draw(model, found), { once: true });
    return { symbol, model, ...found };
  }

  /** @param {GeneModel} model @param {Found} found */
  async function draw(model, { variants, large, coverage, largeCoverage, beside }) {
    const exons = await exonsOf(server, model, build);
    const told =
      exons.ranges.length === 0
        ? undefined
        : await server.ask('find-subject-variants', { subject, ranges: exons.ranges.map(formatRange) });
    const ofExons = told?.state === 'answered' ? variantGroups(told.body).map((group) => group.coverage) : [];
    const elsewhere = variants.filter((variant) => placeOn(variant, model.range.accession) === undefined).length;
    body.replaceChildren(
      track(model, exons, variants, coverage, ofExons, body.clientWidth),
      sentence('Small variants', variants.length, coverage, 'small'),
      elsewhere === 0 ? '' : el('p', {}, `${elsewhere} of them are stated on the other assembly only and not drawn.`),
      beside === coverage
        ? ''
        : el('p', {}, `Of the ${AROUND.toLocaleString('en-US')} bases on either side not all was tested.`),
      sentence('Large variants', large.length, largeCoverage, 'large'),
      variants.length + large.length === 0 ? '' : variantTable(model, [...variants, ...large]),
      el(
        'p',
        { class: 'aside' },
        `${model.range.accession}, ${model.transcript ?? 'no transcript'}; positions count from 1.`,
      ),
    );
  }
}

/**
 * @param {string} what
 * @param {number} number
 * @param {Coverage} coverage
 * @param {'small' | 'large'} kind
 */
function sentence(what, number, coverage, kind) {
  return el('p', {}, el('b', {}, `${what}: `), `${verdict(number, coverage, kind)}. ${COVERAGE[coverage].meaning}`);
}

/** @param {GeneModel} model @param {readonly Variant[]} variants */
function variantTable({ symbol, range }, variants) {
  const rows = variants.map((variant) => {
    const { name, protein, state, change, sourceClass, ids, test, genomic, copies, assembly } = variant;
    return [
      el('span', {}, short(name), genomic === undefined || genomic === name ? '' : el('small', {}, short(genomic))),
      protein ?? '',
      state ?? 'not stated',
      [change?.replaceAll('_', ' '), sourceClass, copies === undefined ? undefined : `${copies} copies`]
        .filter((words) => words !== undefined)
        .join(', '),
      positionOf(variant, range),
      reads(variant),
      ids.join(', '),
      [test?.replace(/^Test /, ''), assembly].filter((words) => words !== undefined).join(', '),
    ];
  });
  return table(
    `Variants of ${symbol}`,
    ['Variant', 'Protein', 'Allelic state', 'Kind', 'Position', 'Reads', 'Known as', 'Test'],
    rows,
  );
}

/** @param {Variant} variant @param {import('./gene-models.js').Range} range of the gene */
function positionOf(variant, range) {
  const place = placeOn(variant, range.accession);
  if (place === undefined) {
    const [own] = variant.places;
    return own === undefined ? 'not stated' : `${position(own.start0)} on ${own.accession}`;
  }
  const beside = place.end0 <= range.start0 || place.start0 >= range.end0;
  return `${position(place.start0)}${beside ? ' (beside the gene)' : ''}`;
}

/** @param {Variant} variant */
function reads({ depth, frequency }) {
  if (depth === undefined) return '';
  return `${depth} reads${frequency === undefined ? '' : ` (${Math.round(frequency * 100)} %)`}`;
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
