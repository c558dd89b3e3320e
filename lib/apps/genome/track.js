// The picture of a gene: its exons, how far each was tested, and the variants.
import { svg } from '../shared/dom.js';
import { AROUND } from './gene-models.js';
import { COVERAGE, position, verdict } from './words.js';

/** @typedef {import('./gene-models.js').GeneModel} GeneModel */
/** @typedef {import('./gene-models.js').Exons} Exons */
/** @typedef {import('./reading.js').Variant} Variant */
/** @typedef {import('./reading.js').Coverage} Coverage */

const WIDTH = 720;
const HEIGHT = 150;
const MARGIN = 14;
const AXIS = 96;
const EXON = 22;
/** Below this an exon can't be seen. */
const LEAST = 3;

let pictures = 0;

/**
 * @param {GeneModel} gene
 * @param {Exons} exons
 * @param {readonly Variant[]} variants
 * @param {Coverage} coverage of the whole gene
 * @param {readonly Coverage[]} exonCoverage one for each exon
 * @returns {SVGElement}
 */
export function track(gene, exons, variants, coverage, exonCoverage) {
  const id = `track-${++pictures}`;
  const from = gene.range.start0 - AROUND;
  const scale = (WIDTH - 2 * MARGIN) / (gene.range.end0 + AROUND - from);
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
  const placed = stacked(variants, x);
  const summary = `${gene.symbol} from ${position(from)} to ${position(gene.range.end0 + AROUND - 1)}, ${exons.ranges.length} exons. ${verdict(variants.length, coverage)}.`;
  return svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'track', role: 'img', 'aria-labelledby': `${id}-title` },
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
      { x: WIDTH - MARGIN, y: HEIGHT - 8, class: 'label', 'text-anchor': 'end' },
      position(gene.range.end0 + AROUND - 1),
    ),
    svg(
      'text',
      { x: WIDTH / 2, y: HEIGHT - 8, class: 'label', 'text-anchor': 'middle' },
      exons.strand === undefined ? gene.symbol : exons.strand === '+' ? `${gene.symbol} →` : `← ${gene.symbol}`,
    ),
  );
}

/** @param {Variant} variant @param {number} at @param {number} level */
function pin(variant, at, level) {
  const y = 58 - level * 15;
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
 * Heads that would lie on each other are put above each other, three levels at most.
 *
 * @param {readonly Variant[]} variants
 * @param {(base0: number) => number} x
 */
function stacked(variants, x) {
  /** @type {number[]} */
  const taken = [];
  return variants
    .filter(({ start0 }) => start0 !== undefined)
    .map((variant) => ({ variant, at: x((Number(variant.start0) + Number(variant.end0)) / 2) }))
    .sort((a, b) => a.at - b.at)
    .map(({ variant, at }) => {
      const free = [0, 1, 2].find((level) => at - (taken[level] ?? Number.NEGATIVE_INFINITY) > 14) ?? 2;
      taken[free] = at;
      return { variant, at, level: free };
    });
}
