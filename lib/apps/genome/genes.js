// The variants of each gene, with a picture and how far the gene was tested.
import { el } from '../shared/dom.js';
import { AROUND, exonsOf, formatRange, GENES } from './gene-models.js';
import { distinct, groupsOf, lookAt } from './gene-results.js';
import { badge, fill, missing, panel, table } from './panel.js';
import { placeOn, track } from './track.js';
import { COVERAGE, position, verdict } from './words.js';

/** @typedef {import('./server.js').GenomicsServer} GenomicsServer */
/** @typedef {import('./gene-models.js').Build} Build */
/** @typedef {import('./gene-results.js').GeneResult} GeneResult */
/** @typedef {import('./gene-results.js').Read} Read */
/** @typedef {import('./reading.js').Variant} Variant */
/** @typedef {import('./reading.js').Coverage} Coverage */
/** @typedef {{ server: GenomicsServer, subject: string, build: Build }} Asking */

/**
 * Shows the genes that are always looked at, and those asked for.
 *
 * @param {Asking} asking
 * @returns {Promise<readonly GeneResult[]>}
 */
export async function showGenes(asking) {
  const { server, subject, build } = asking;
  /** @type {readonly GeneResult[]} */
  let results = [];
  await fill(
    panel(
      'genes',
      'Variants by gene',
      'Each gene with 2,000 bases around it. Open one for its picture and its variants.',
    ),
    async () => {
      results = await lookAt(server, subject, Object.values(GENES).flat(), build);
      return [
        legend(),
        ...Object.entries(GENES).map(([title, symbols]) =>
          el(
            'section',
            {},
            el('h3', {}, title),
            ...results.filter(({ symbol }) => symbols.includes(symbol)).map((result) => geneCard(asking, result)),
          ),
        ),
        another(asking),
      ];
    },
  );
  return results;
}

/** @param {Asking} asking */
function another(asking) {
  const input = /** @type {HTMLInputElement} */ (el('input', { id: 'gene', autocomplete: 'off', required: true }));
  const list = el('div', { 'aria-live': 'polite' });
  async function look() {
    list.replaceChildren(el('p', { class: 'aside' }, 'Looking …'));
    const { server, subject, build } = asking;
    const [result] = await lookAt(server, subject, [input.value.trim().toUpperCase()], build);
    const card = result && geneCard(asking, result);
    list.replaceChildren(card ?? '');
    if (card instanceof HTMLDetailsElement) card.open = true;
  }
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
          return look();
        },
      },
      el('label', { for: 'gene' }, 'Symbol or HGNC id'),
      input,
      el('button', {}, 'Look'),
    ),
    list,
  );
}

/** @param {Asking} asking @param {GeneResult} result */
function geneCard(asking, result) {
  const body = el('div', { class: 'gene-body' });
  const said = el('span', { class: 'said' });
  const card = el(
    'details',
    { class: 'gene-card', 'data-gene': result.symbol },
    el('summary', {}, el('b', {}, result.symbol), said),
    body,
  );
  if ('problem' in result) {
    said.append(badge('unknown', 'not looked at'));
    body.append(el('p', { class: 'unavailable' }, result.problem));
  } else if ('wrong' in result) {
    said.append(badge('unknown', result.wrong.state === 'failed' ? 'could not be read' : 'not available'));
    body.append(missing(result.wrong));
  } else {
    const { variants, large, coverage, largeCoverage } = result.found;
    said.append(
      verdict(distinct(variants), coverage, 'small'),
      large.length === 0 ? '' : el('b', {}, verdict(distinct(large), largeCoverage, 'large')),
      badge(coverage, COVERAGE[coverage].badge),
    );
    card.addEventListener('toggle', () => fill({ body }, () => details(asking, result, body)), { once: true });
  }
  return card;
}

/** @param {Asking} asking @param {Read} result @param {HTMLElement} body */
async function details({ server, subject, build }, { model, found }, body) {
  const { variants, large, coverage, largeCoverage, beside } = found;
  const exons = await exonsOf(server, model, build);
  const tested = await groupsOf(server, 'find-subject-variants', { subject, ranges: exons.ranges.map(formatRange) });
  const ofExons = tested.map((group) => ('coverage' in group ? group.coverage : 'unknown'));
  const { accession } = model.range;
  const drawn = new Set(variants.filter((one) => placeOn(one, accession) !== undefined).map(({ name }) => name));
  const elsewhere = distinct(variants.filter(({ name }) => !drawn.has(name)));
  return [
    track(model, exons, variants, coverage, ofExons, body.clientWidth),
    sentence('Small variants', distinct(variants), coverage, 'small'),
    elsewhere === 0 ? '' : el('p', {}, `${elsewhere} of them are stated on the other assembly only and not drawn.`),
    beside === coverage
      ? ''
      : el('p', {}, `Of the ${AROUND.toLocaleString('en-US')} bases on either side not all was tested.`),
    sentence('Large variants', distinct(large), largeCoverage, 'large'),
    variants.length + large.length === 0 ? '' : variantTable(model, [...variants, ...large]),
    el('p', { class: 'aside' }, `${accession}, ${model.transcript ?? 'no transcript'}; positions count from 1.`),
  ];
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

/** @param {import('./gene-models.js').GeneModel} model @param {readonly Variant[]} variants */
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
      [test, assembly].filter((words) => words !== undefined).join(', '),
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
