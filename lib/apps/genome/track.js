// The picture of a gene: its exons, how far each was tested, and the variants.
import { svg } from '../shared/dom.js';
import { AROUND } from './gene-models.js';
import { distinct } from './gene-results.js';
import { COVERAGE, position, verdict } from './words.js';

/** @typedef {import('./gene-models.js').GeneModel} GeneModel */
/** @typedef {import('./gene-models.js').Exons} Exons */
/** @typedef {import('./reading.js').Variant} Variant */
/** @typedef {import('./reading.js').Coverage} Coverage */

/** Narrowest picture; letters keep their size, so that they can be read on a phone. */
const LEAST_WIDTH = 300;
const HEIGHT = 150;
const MARGIN = 14;
const AXIS = 96;
const EXON = 22;
/** Where the lowest heads of pins are, and how far the next are above them. */
const HEAD = 58;
const STEP = 15;
/** Below this an exon can't be seen. */
const LEAST = 3;

let pictures = 0;

/**
 * @param {GeneModel} gene
 * @param {Exons} exons
 * @param {readonly Variant[]} variants
 * @param {Coverage} coverage of the whole gene
 * @param {readonly Coverage[]} exonCoverage one for each exon
 * @param {number} room pixels there are
 * @returns {SVGElement}
 */
export function track(gene, exons, variants, coverage, exonCoverage, room) {
  const width = Math.max(LEAST_WIDTH, Math.round(room));
  const id = `track-${++pictures}`;
  const from = gene.range.start0 - AROUND;
  const scale = (width - 2 * MARGIN) / (gene.range.end0 + AROUND - from);
  /** @param {number} base0 */
  const x = (base0) => MARGIN + (base0 - from) * scale;
  const boxes = exons.ranges.map(({ start0, end0 }, index) => {
    const told = exonCoverage[index] ?? 'unknown';
    return svg(
      'rect',
      {
        x: x(start0).toFixed(1),
        y: AXIS - EXON / 2,
        width: Math.max(LEAST, (end0 - start0) * scale).toFixed(1),
        height: EXON,
        class: `exon ${told}`,
        fill: told === 'partly' ? `url(#${id}-stripes)` : undefined,
      },
      svg('title', {}, `Exon ${index + 1}: ${COVERAGE[told].badge}`),
    );
  });
  const placed = stacked(variants, gene.range.accession, x);
  // No empty space where nothing stands.
  const top = placed.length === 0 ? AXIS - EXON : HEAD - STEP * Math.max(...placed.map(({ level }) => level)) - 12;
  const summary = `${gene.symbol} from ${position(from)} to ${position(gene.range.end0 + AROUND - 1)}, ${exons.ranges.length} exons. ${verdict(distinct(variants), coverage, 'small')}. ${COVERAGE[coverage].meaning}`;
  return svg(
    'svg',
    { viewBox: `0 ${top} ${width} ${HEIGHT - top}`, class: 'track', role: 'img', 'aria-labelledby': `${id}-title` },
    svg('title', { id: `${id}-title` }, summary),
    svg(
      'defs',
      {},
      svg(
        'pattern',
        { id: `${id}-stripes`, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
        svg('rect', { width: 6, height: 6, class: 'stripe-paper' }),
        svg('rect', { width: 3, height: 6, class: 'stripe' }),
      ),
    ),
    svg('line', {
      x1: x(gene.range.start0),
      x2: x(gene.range.end0),
      y1: AXIS,
      y2: AXIS,
      class: `gene ${coverage}`,
    }),
    ...boxes,
    ...placed.map(({ variant, at, level }) => pin(variant, at, level)),
    svg('text', { x: MARGIN, y: HEIGHT - 8, class: 'label' }, position(from)),
    svg(
      'text',
      { x: width - MARGIN, y: HEIGHT - 8, class: 'label', 'text-anchor': 'end' },
      position(gene.range.end0 + AROUND - 1),
    ),
    svg(
      'text',
      { x: width / 2, y: HEIGHT - 8, class: 'label', 'text-anchor': 'middle' },
      exons.strand === undefined ? gene.symbol : exons.strand === '+' ? `${gene.symbol} →` : `← ${gene.symbol}`,
    ),
  );
}

/** @param {Variant} variant @param {number} at @param {number} level */
function pin(variant, at, level) {
  const y = HEAD - level * STEP;
  const half = variant.state === 'Heterozygous';
  return svg(
    'g',
    { class: 'pin' },
    svg('title', {}, `${variant.name}${variant.state === undefined ? '' : `, ${variant.state.toLowerCase()}`}`),
    svg('line', { x1: at.toFixed(1), x2: at.toFixed(1), y1: y, y2: AXIS - EXON / 2 }),
    svg('circle', { cx: at.toFixed(1), cy: y, r: 6, class: half ? 'half' : 'full' }),
    half ? svg('path', { d: `M${at.toFixed(1)} ${y - 6} a6 6 0 0 0 0 12 z` }) : undefined,
  );
}

/**
 * Where the heads go: those that would lie on each other are put above each other, three levels at most. A variant
 * without a place on this sequence is left out.
 *
 * @param {readonly Variant[]} variants
 * @param {string} accession
 * @param {(base0: number) => number} x
 */
function stacked(variants, accession, x) {
  /** @type {number[]} */
  const taken = [];
  // Of several tests, one that states it on this sequence.
  const placedFirst = variants.toSorted((a, b) => Number(!placeOn(a, accession)) - Number(!placeOn(b, accession)));
  const once = new Map(placedFirst.toReversed().map((variant) => [variant.name, variant]));
  return [...once.values()]
    .flatMap((variant) => {
      const place = placeOn(variant, accession);
      return place === undefined ? [] : [{ variant, at: x((place.start0 + place.end0) / 2) }];
    })
    .sort((a, b) => a.at - b.at)
    .map(({ variant, at }) => {
      const free = [0, 1, 2].find((level) => at - (taken[level] ?? Number.NEGATIVE_INFINITY) > 14) ?? 2;
      taken[free] = at;
      return { variant, at, level: free };
    });
}

/**
 * Where a variant lies on a sequence; undefined when it is stated on others only.
 *
 * @param {Variant} variant
 * @param {string} accession
 */
export function placeOn({ places }, accession) {
  return places.find((place) => place.accession === accession);
}
