import { type Interbase, interbase } from './coordinates.ts';
import { InvalidInputError } from './errors.ts';

/** Half-open `[start0, end0)`; `start0 === end0` is an insertion point. */
export interface Interval {
  readonly start0: Interbase;
  readonly end0: Interbase;
}

/** An interval on one versioned accession, such as `NC_000001.11`. */
export interface GenomicInterval extends Interval {
  readonly accession: string;
}

const RANGE = /^([A-Za-z]{2}_\d{4,12}\.\d{1,3}):(\d{1,10})-(\d{1,10})$/;

/**
 * Reads `NC_000001.11:1000-2000`: 0-based, half-open, as the Genomics Operations write ranges. `p-p` is legal.
 *
 * @throws InvalidInputError naming `expression` when the text is no range or ends before it starts.
 * @see http://hl7.org/fhir/uv/genomics-reporting/operations.html
 */
export function parseRange(text: string, expression?: string): GenomicInterval {
  const [, accession, start, end] = RANGE.exec(text.trim()) ?? [];
  if (accession === undefined || start === undefined || end === undefined) {
    throw new InvalidInputError(
      `'${text}' is not a range; write a versioned RefSeq accession and 0-based half-open positions, such as NC_000001.11:11794400-11794430`,
      expression,
    );
  }
  const [start0, end0] = [Number(start), Number(end)];
  if (start0 > end0) throw new InvalidInputError(`'${text}' ends before it starts`, expression);
  if (end0 > 2_147_483_647) throw new InvalidInputError(`'${text}' reaches beyond any chromosome`, expression);
  return { accession: accession.toUpperCase(), start0: interbase(start0), end0: interbase(end0) };
}

/** `NC_000001.11:1000-2000`, 0-based half-open. */
export function formatRange({ accession, start0, end0 }: GenomicInterval): string {
  return `${accession}:${start0}-${end0}`;
}

/**
 * Whether a record matches a range: they share a base, or the record is an insertion point `p` with
 * `start0 <= p < end0`. An empty range `p-p` asks for base `p` and for insertions at `p`.
 */
export function intersects(record: Interval, range: Interval): boolean {
  const end0 = Math.max(range.end0, range.start0 + 1);
  if (record.start0 === record.end0) return range.start0 <= record.start0 && record.start0 < end0;
  return record.start0 < end0 && record.end0 > range.start0;
}

/** Whether a record covers the whole range; touching both ends exactly is enough. */
export function subsumes(record: Interval, range: Interval): boolean {
  return record.start0 <= range.start0 && record.end0 >= range.end0 && record.start0 < record.end0;
}

/** Sorts and joins overlapping and adjoining intervals; empty ones vanish. */
export function union(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(({ start0, end0 }) => start0 < end0).sort((a, b) => a.start0 - b.start0);
  const joined: { start0: Interbase; end0: Interbase }[] = [];
  for (const { start0, end0 } of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && start0 <= last.end0) {
      if (end0 > last.end0) last.end0 = end0;
    } else {
      joined.push({ start0, end0 });
    }
  }
  return joined;
}

/** What two sets of intervals share, sorted and joined. */
export function intersection(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const [left, right] = [union(a), union(b)];
  const shared: Interval[] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [p, q] = [left[i] as Interval, right[j] as Interval];
    const [start0, end0] = [Math.max(p.start0, q.start0), Math.min(p.end0, q.end0)];
    if (start0 < end0) shared.push({ start0: interbase(start0), end0: interbase(end0) });
    if (p.end0 < q.end0) i++;
    else j++;
  }
  return shared;
}

/** What is in `a` and not in `b`, sorted and joined. */
export function subtract(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const holes = union(b);
  const rest: Interval[] = [];
  for (const { start0, end0 } of union(a)) {
    let from: number = start0;
    for (const hole of holes) {
      if (hole.end0 <= from) continue;
      if (hole.start0 >= end0) break;
      if (hole.start0 > from) rest.push({ start0: interbase(from), end0: hole.start0 });
      from = hole.end0;
    }
    if (from < end0) rest.push({ start0: interbase(from), end0 });
  }
  return rest;
}

/** Number of bases in a set of intervals, overlaps counted once. */
export function lengthOf(intervals: readonly Interval[]): number {
  return union(intervals).reduce((sum, { start0, end0 }) => sum + (end0 - start0), 0);
}
