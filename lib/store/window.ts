import type { Chromosome } from '../genomics/assembly.ts';
import type { RangeQuestion } from '../operations/ports.ts';

/** A question as SQL compares it: `lo <= position < hi`, never empty. */
export interface Span {
  readonly index: number;
  readonly lo: number;
  readonly hi: number;
}

/** Questions near each other on one chromosome, answered by one scan of `[lo, hi)`. */
export interface Window {
  readonly chromosome: Chromosome;
  readonly lo: number;
  readonly hi: number;
  readonly spans: readonly Span[];
}

/** Questions closer than this share a scan: about the bases of one row group of a genome (8,192 variants). */
const NEAR_BASES = 4_000_000;
/** Each window is a scan to be planned (about 1 ms): with more, neighbours share one. */
const MOST_WINDOWS = 24;

/** The span of a question; `p-p` asks for base `p` and for insertions at `p`. */
export function spanOf({ index, start0, end0 }: RangeQuestion): Span {
  return { index, lo: start0, hi: Math.max(end0, start0 + 1) };
}

/** Groups questions into few windows, by chromosome and nearness. */
export function windowsOf(questions: readonly RangeQuestion[]): Window[] {
  const groups = Map.groupBy(questions, ({ chromosome }) => chromosome);
  for (let near = NEAR_BASES; ; near *= 4) {
    const windows = [...groups].flatMap(([chromosome, group]) => cluster(chromosome, group.map(spanOf), near));
    if (windows.length <= Math.max(MOST_WINDOWS, groups.size)) return windows;
  }
}

function cluster(chromosome: Chromosome, spans: readonly Span[], near: number): Window[] {
  const windows: { chromosome: Chromosome; lo: number; hi: number; spans: Span[] }[] = [];
  for (const span of spans.toSorted((a, b) => a.lo - b.lo)) {
    const last = windows.at(-1);
    if (last !== undefined && span.lo <= last.hi + near) {
      last.hi = Math.max(last.hi, span.hi);
      last.spans.push(span);
    } else {
      windows.push({ chromosome, lo: span.lo, hi: span.hi, spans: [span] });
    }
  }
  return windows;
}
