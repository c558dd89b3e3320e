import type { Assembly } from './assembly.ts';
import type { Interbase } from './coordinates.ts';
import { CannotAnswerError, InvalidInputError } from './errors.ts';
import type { Interval } from './interval.ts';

/**
 * A stretch of an exon's alignment, in transcript direction, as GFF3's Gap attribute has it: `M` aligned bases (equal
 * or not), `I` bases that only the transcript has, `D` bases that only the genome has.
 */
export interface AlignmentOp {
  readonly op: 'M' | 'I' | 'D';
  readonly length: number;
}

/** An exon: its place on the genome (`start0`, `end0`, plus strand) and in the transcript (interbase, from its 5' end). */
export interface Exon extends Interval {
  readonly txStart0: number;
  readonly txEnd0: number;
  /** Absent when exon and genome are aligned base by base. */
  readonly alignment?: readonly AlignmentOp[];
}

/** Bases of the coding sequence, start and stop codon included, in transcript coordinates (interbase). */
export interface CodingRegion {
  readonly txStart0: number;
  readonly txEnd0: number;
}

export type ManeStatus = 'MANE Select' | 'MANE Plus Clinical';

/** One version of a transcript as it is aligned to one genomic sequence. */
export interface TranscriptModel {
  /** With its version, such as `NM_000527.5`. */
  readonly accession: string;
  readonly gene?: string;
  /** `HGNC:6547`. */
  readonly hgnc?: string;
  readonly assembly: Assembly;
  readonly genomicAccession: string;
  readonly strand: 1 | -1;
  /** In transcript order: on the minus strand the genomic positions fall. */
  readonly exons: readonly Exon[];
  /** Absent for a non-coding transcript. */
  readonly cds?: CodingRegion;
  readonly protein?: string;
  readonly mane?: ManeStatus;
  /**
   * `exact`: the bases equal the genome's. `stated`: gaps are stated, single bases may differ. `unknown`: the source
   * says that transcript and genome differ, and not how, so nothing can be projected.
   */
  readonly alignment: 'exact' | 'stated' | 'unknown';
}

/** A base of a transcript, or one in an intron counted from the exon base next to it; `offset` 0 means exonic. */
export interface TranscriptPosition {
  /** 0-based index of the transcript's base. */
  readonly tx0: number;
  /** Bases into the intron: positive after an exon's last base, negative before its first. */
  readonly offset: number;
}

/** Aligned bases without a gap; `start0` is the genome's plus-strand start. */
interface Segment {
  readonly txStart0: number;
  readonly txEnd0: number;
  readonly start0: number;
  readonly end0: number;
}

/** Bases of the transcript. */
export function transcriptLength({ exons }: TranscriptModel): number {
  return exons.at(-1)?.txEnd0 ?? 0;
}

/** Reads GFF3's Gap attribute, `M185 I3 M250`. @throws InvalidInputError for anything but M, I and D. */
export function parseGap(text: string): readonly AlignmentOp[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => {
      const op = word[0];
      const length = Number(word.slice(1));
      if ((op === 'M' || op === 'I' || op === 'D') && Number.isInteger(length) && length > 0) return { op, length };
      throw new InvalidInputError(`'${text}' is not an alignment of M, I and D`);
    });
}

export function formatGap(ops: readonly AlignmentOp[]): string {
  return ops.map(({ op, length }) => `${op}${length}`).join(' ');
}

const SEGMENTS = new WeakMap<Exon, readonly Segment[]>();

/** The gapless pieces of an exon, in transcript order. */
function segmentsOf(exon: Exon, strand: 1 | -1): readonly Segment[] {
  const known = SEGMENTS.get(exon);
  if (known !== undefined) return known;
  const segments: Segment[] = [];
  let tx = exon.txStart0;
  // Bases of the exon's genomic interval already used, in transcript direction.
  let used = 0;
  for (const { op, length } of exon.alignment ?? [{ op: 'M', length: exon.txEnd0 - exon.txStart0 }]) {
    if (op === 'M') {
      const start0 = strand === 1 ? exon.start0 + used : exon.end0 - used - length;
      segments.push({ txStart0: tx, txEnd0: tx + length, start0, end0: start0 + length });
    }
    if (op !== 'D') tx += length;
    if (op !== 'I') used += length;
  }
  SEGMENTS.set(exon, segments);
  return segments;
}

/**
 * Checks that exons are in order and that their alignments use up exactly their bases on both sides.
 *
 * @throws InvalidInputError naming the transcript.
 */
export function checkModel(model: TranscriptModel): TranscriptModel {
  let tx = 0;
  let edge: number | undefined;
  for (const exon of model.exons) {
    const ops = exon.alignment ?? [{ op: 'M', length: exon.end0 - exon.start0 }];
    const sum = (unwanted: string) => ops.reduce((total, { op, length }) => total + (op === unwanted ? 0 : length), 0);
    const inOrder = edge === undefined || (model.strand === 1 ? exon.start0 >= edge : exon.end0 <= edge);
    const fits = sum('D') === exon.txEnd0 - exon.txStart0 && sum('I') === exon.end0 - exon.start0;
    if (exon.txStart0 !== tx || !inOrder || (!fits && model.alignment !== 'unknown')) {
      throw new InvalidInputError(
        `${model.accession} on ${model.genomicAccession}: exon at ${exon.start0}-${exon.end0} does not fit`,
      );
    }
    tx = exon.txEnd0;
    edge = model.strand === 1 ? exon.end0 : exon.start0;
  }
  const { cds } = model;
  if (cds !== undefined && (cds.txStart0 < 0 || cds.txEnd0 > tx || cds.txStart0 >= cds.txEnd0)) {
    throw new InvalidInputError(`${model.accession}: the coding sequence lies outside the transcript`);
  }
  return model;
}

/** @throws CannotAnswerError when transcript and genome are known to differ, but not where. */
function requireAlignment(model: TranscriptModel): void {
  if (model.alignment !== 'unknown') return;
  throw new CannotAnswerError(
    `${model.accession} differs from ${model.genomicAccession} and its release does not say how; load transcript models with alignments`,
  );
}

/** Index of the exon that holds a base of the transcript; -1 beyond its ends. */
export function exonOf({ exons }: TranscriptModel, tx0: number): number {
  return exons.findIndex(({ txStart0, txEnd0 }) => txStart0 <= tx0 && tx0 < txEnd0);
}

/**
 * The genomic base (0-based) of a position of the transcript; undefined when that base is not on the genome.
 *
 * @throws InvalidInputError when the position is beyond the transcript, or an offset does not start at an exon's edge
 *   or leaves the intron.
 * @throws CannotAnswerError when the alignment is not known.
 */
export function genomicBaseOf(model: TranscriptModel, { tx0, offset }: TranscriptPosition): Interbase | undefined {
  requireAlignment(model);
  const { exons, strand, accession } = model;
  const index = exonOf(model, tx0);
  const exon = exons[index];
  if (exon === undefined) {
    throw new InvalidInputError(
      `position ${tx0 + 1} is beyond ${accession}, which has ${transcriptLength(model)} bases`,
    );
  }
  if (offset !== 0) return intronicBase(model, index, tx0, offset);
  for (const segment of segmentsOf(exon, strand)) {
    if (segment.txStart0 <= tx0 && tx0 < segment.txEnd0) {
      const into = tx0 - segment.txStart0;
      return (strand === 1 ? segment.start0 + into : segment.end0 - 1 - into) as Interbase;
    }
  }
  return undefined;
}

function intronicBase(model: TranscriptModel, index: number, tx0: number, offset: number): Interbase {
  const { exons, strand, accession } = model;
  const exon = exons[index] as Exon;
  const after = offset > 0;
  const neighbour = exons[after ? index + 1 : index - 1];
  const atEdge = tx0 === (after ? exon.txEnd0 - 1 : exon.txStart0);
  if (!atEdge || neighbour === undefined) {
    throw new InvalidInputError(
      `${accession}: base ${tx0 + 1} of the transcript has no intron ${after ? 'after' : 'before'} it (its exon is ${exon.txStart0 + 1} to ${exon.txEnd0})`,
    );
  }
  const [upstream, downstream] = after ? [exon, neighbour] : [neighbour, exon];
  const intron = strand === 1 ? downstream.start0 - upstream.end0 : upstream.start0 - downstream.end0;
  if (Math.abs(offset) > intron) {
    throw new InvalidInputError(`${accession}: an offset of ${offset} leaves the intron, which has ${intron} bases`);
  }
  const towards3 = strand === 1 ? 1 : -1;
  const edge = after === (strand === 1) ? exon.end0 - 1 : exon.start0;
  return (edge + towards3 * offset) as Interbase;
}

/**
 * The position of a genomic base (0-based) in a transcript: exonic, or intronic from the nearer exon (the upstream one
 * in the very middle). Undefined outside the transcript and for a base that only the genome has.
 *
 * @throws CannotAnswerError when the alignment is not known.
 */
export function transcriptPositionOf(model: TranscriptModel, base0: number): TranscriptPosition | undefined {
  requireAlignment(model);
  const { exons, strand } = model;
  for (const [index, exon] of exons.entries()) {
    if (exon.start0 <= base0 && base0 < exon.end0) {
      const segment = segmentsOf(exon, strand).find(({ start0, end0 }) => start0 <= base0 && base0 < end0);
      if (segment === undefined) return undefined;
      const into = strand === 1 ? base0 - segment.start0 : segment.end0 - 1 - base0;
      return { tx0: segment.txStart0 + into, offset: 0 };
    }
    const next = exons[index + 1];
    if (next === undefined) continue;
    const [left, right] = strand === 1 ? [exon, next] : [next, exon];
    if (base0 < left.end0 || base0 >= right.start0) continue;
    const fromUpstream = strand === 1 ? base0 - exon.end0 + 1 : exon.start0 - base0;
    const fromDownstream = strand === 1 ? next.start0 - base0 : base0 - next.end0 + 1;
    if (fromUpstream <= fromDownstream) return { tx0: exon.txEnd0 - 1, offset: fromUpstream };
    return { tx0: next.txStart0, offset: -fromDownstream };
  }
  return undefined;
}

/** Part of a transcript and the genomic bases that stand for it. */
export interface AlignedStretch extends Interval {
  readonly txStart0: number;
  readonly txEnd0: number;
}

/**
 * The genomic bases of a stretch of one exon. A stretch that touches bases which only the transcript has grows until
 * it holds them all, as they have no place of their own; an insertion point at bases which only the genome has takes
 * those in. Undefined when the stretch is not within one exon.
 */
export function alignedStretch(model: TranscriptModel, txStart0: number, txEnd0: number): AlignedStretch | undefined {
  requireAlignment(model);
  const { strand } = model;
  const empty = txStart0 === txEnd0;
  const exon = model.exons.find((one) => one.txStart0 <= txStart0 && txEnd0 <= one.txEnd0);
  if (exon === undefined) return undefined;
  let [from, to] = [txStart0, txEnd0];
  const segments = segmentsOf(exon, strand);
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    // A gap between two segments; an insertion point touches it from outside too.
    if (next === undefined || next.txStart0 === segment.txEnd0) continue;
    const touches = empty ? segment.txEnd0 <= from && to <= next.txStart0 : from < next.txStart0 && to > segment.txEnd0;
    if (touches) [from, to] = [Math.min(from, segment.txEnd0), Math.max(to, next.txStart0)];
  }
  const used = (tx: number, side: 'start' | 'end'): number | undefined => {
    // The genome's offset of a transcript gap, in transcript direction: a start belongs to the segment after it, an end
    // to the one before, so that an insertion point takes in bases which only the genome has.
    const belongs = ({ txStart0: a, txEnd0: b }: Segment) => a <= tx && tx <= b;
    const fitting = segments.filter(belongs);
    const segment = (side === 'start') === empty ? fitting[0] : fitting.at(-1);
    if (segment === undefined) return undefined;
    return strand === 1 ? segment.start0 + (tx - segment.txStart0) : segment.end0 - (tx - segment.txStart0);
  };
  // For a stretch with bases: its start lies in the last fitting segment, its end in the first one.
  const [a, b] = [used(from, 'start'), used(to, 'end')];
  if (a === undefined || b === undefined) return undefined;
  const [start0, end0] = strand === 1 ? [a, b] : [b, a];
  return { txStart0: from, txEnd0: to, start0: start0 as Interbase, end0: end0 as Interbase };
}
