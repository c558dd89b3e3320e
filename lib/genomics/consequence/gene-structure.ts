import type { Allele } from '../allele.ts';
import { shift } from '../coordinates.ts';
import { towards3 } from '../hgvs/representative.ts';
import type { Interval } from '../interval.ts';
import { move, slides } from '../normalise.ts';
import type { Exon, TranscriptModel } from '../transcript.ts';

/** Terms that follow from where an allele touches exons and introns alone, by name. */
export interface Touched {
  readonly terms: readonly string[];
  /** Exons of which the allele replaces bases, or into which it inserts some. */
  readonly exons: readonly Exon[];
  /** Whether bases of an intron, or beyond the transcript, are replaced too. */
  readonly leavesExon: boolean;
}

/** First to last base of a transcript on its genomic sequence. */
export function extentOf({ exons }: Pick<TranscriptModel, 'exons'>): Interval | undefined {
  const [first, last] = [exons[0], exons.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return first.start0 <= last.start0
    ? { start0: first.start0, end0: last.end0 }
    : { start0: last.start0, end0: first.end0 };
}

/** The stretches between exons, in transcript order. */
function intronsOf({ exons, strand }: TranscriptModel): readonly Interval[] {
  return exons.slice(1).map((next, index) => {
    const exon = exons[index] as Exon;
    return strand === 1 ? { start0: exon.end0, end0: next.start0 } : { start0: next.end0, end0: exon.start0 };
  });
}

/**
 * Whether a trimmed allele touches the stretch: shares a base with it or, an insertion, lies between two of its bases.
 */
function touches({ start0, end0 }: Interval, from: number, to: number): boolean {
  return start0 === end0 ? from < start0 && start0 < to : start0 < to && end0 > from;
}

/**
 * Where an allele is looked at: as far 3' as it slides, as HGVS describes it; but where it need not touch a splice site
 * to make the same sequence, beside that site. However it is stated, it has one place.
 *
 * @param context the allele's fully-justified interval, if it slides and that is known
 * @returns the allele, trimmed
 */
export function placedOn(model: TranscriptModel, allele: Allele, context: Interval | undefined): Allele {
  const farthest = towards3(model, allele, context);
  if (context === undefined || !slides(farthest)) return farthest;
  let placed = farthest;
  for (let site = siteTouched(model, placed); site !== undefined; site = siteTouched(model, placed)) {
    const by = model.strand === 1 ? site.start0 - placed.end0 : site.end0 - placed.start0;
    if (placed.start0 + by < context.start0 || placed.end0 + by > context.end0) return farthest;
    placed = move(placed, by);
  }
  return placed;
}

function siteTouched(model: TranscriptModel, allele: Interval): Interval | undefined {
  for (const { start0, end0 } of intronsOf(model)) {
    const sites: readonly Interval[] = [
      { start0, end0: shift(start0, SITE) },
      { start0: shift(end0, -SITE), end0 },
    ];
    const site = sites.find((one) => touches(allele, one.start0, one.end0));
    if (site !== undefined) return site;
  }
  return undefined;
}

/**
 * What an allele touches of a transcript's exons and introns: splice sites (the two intronic bases beside an exon),
 * what surrounds them (the six bases further in, the exon's last three, the polypyrimidine tract) and the rest of the
 * introns, as Ensembl defines them. What is inserted just between exon and intron leaves the splice site whole and lengthens the exon. Undefined
 * when the allele lies outside of the transcript.
 *
 * @param allele trimmed
 * @see https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html
 */
export function touchedBy(model: TranscriptModel, allele: Interval): Touched | undefined {
  const { exons } = model;
  const { start0, end0 } = allele;
  const extent = extentOf(model);
  const insertion = start0 === end0;
  const hits = (from: number, to: number): boolean => touches(allele, from, to);
  const isAt = (...points: readonly number[]): boolean => insertion && points.includes(start0);
  if (extent === undefined || !hits(extent.start0, extent.end0)) return undefined;
  if (!insertion && start0 <= extent.start0 && end0 >= extent.end0) {
    return { terms: ['transcript_ablation'], exons: [], leavesExon: true };
  }
  const terms = new Set<string>();
  let leavesExon = start0 < extent.start0 || end0 > extent.end0;
  for (const { start0: from, end0: to } of intronsOf(model)) {
    /** Bases `first` to `last` of the intron, counted from the donor (positive) or the acceptor (negative). */
    const hitsIntron = (first: number, last: number): boolean => {
      const fromLeft = first > 0 === (model.strand === 1);
      const [near, far] = first > 0 ? [first - 1, last] : [-last - 1, -first];
      return fromLeft ? hits(from + near, from + far) : hits(to - far, to - near);
    };
    for (const [name, first, last] of INTRONIC) if (hitsIntron(first, last)) terms.add(name);
    const exonic = hits(from - REGION.exonic, from) || hits(to, to + REGION.exonic);
    const intronic = hitsIntron(SITE + 1, REGION.intronic) || hitsIntron(-REGION.intronic, -SITE - 1);
    if (exonic || intronic || isAt(from, to, from + SITE, to - SITE)) terms.add('splice_region_variant');
    if (hits(from + SITE, to - SITE) || isAt(from + SITE, to - SITE)) terms.add('intron_variant');
    leavesExon ||= hits(from, to);
  }
  for (const [name, besides] of SAID_BY) if (besides.some((other) => terms.has(other))) terms.delete(name);
  return {
    terms: [...terms],
    exons: exons
      .filter((exon) => hits(exon.start0, exon.end0) || isAt(exon.start0, exon.end0))
      .slice(0, insertion ? 1 : undefined),
    leavesExon,
  };
}

/** Bases of a splice site. */
const SITE = 2;
/** Terms of stretches of an intron: first and last base, from the donor (positive) or the acceptor (negative). */
const INTRONIC: readonly (readonly [name: string, first: number, last: number])[] = [
  ['splice_donor_variant', 1, SITE],
  ['splice_donor_5th_base_variant', 5, 5],
  ['splice_donor_region_variant', 3, 6],
  ['splice_polypyrimidine_tract_variant', -17, -3],
  ['splice_acceptor_variant', -SITE, -1],
];
/** What Ensembl leaves out where a stronger or narrower term says it. */
const SAID_BY: readonly (readonly [name: string, besides: readonly string[]])[] = [
  ['splice_donor_region_variant', ['splice_donor_variant', 'splice_donor_5th_base_variant']],
  [
    'splice_region_variant',
    ['splice_donor_variant', 'splice_acceptor_variant', 'splice_donor_5th_base_variant', 'splice_donor_region_variant'],
  ],
];
/** How far a splice region reaches into exon and intron. */
const REGION = { exonic: 3, intronic: 8 };
/** Bases around an exon in which an allele may have more to say than that it is intronic. */
export const SPLICE_MARGIN = 17;
