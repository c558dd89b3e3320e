import { type Allele, trim } from './allele.ts';
import { type Interbase, shift } from './coordinates.ts';
import type { Interval } from './interval.ts';
import { move, slides } from './normalise.ts';

/**
 * Whether a stated allele is the change that was asked. Both are trimmed. Equal ones are; so is a pure insertion or
 * deletion that is stated anywhere within the asked one's context, if it is what the asked one becomes when it slides
 * there: the same bases, rotated by the distance.
 *
 * @param context the fully-justified interval of the asked allele; without it only equal alleles match
 */
export function sameEvent(asked: Allele, context: Interval | undefined, stated: Allele): boolean {
  if (equalAlleles(asked, stated)) return true;
  if (context === undefined || !slides(asked) || !slides(stated)) return false;
  if (stated.start0 < context.start0 || stated.end0 > context.end0) return false;
  return equalAlleles(move(asked, stated.start0 - asked.start0), stated);
}

/**
 * Whether two insertions or deletions, of which no justified interval is known, could be one change: the same bases,
 * rotated by a distance of at most `reach` bases. Only the reference sequence can tell.
 */
export function mayBeSameEvent(a: Allele, b: Allele, reach: number): boolean {
  const distance = b.start0 - a.start0;
  if (!slides(a) || !slides(b) || Math.abs(distance) > reach) return false;
  return equalAlleles(move(a, distance), b);
}

/** An allele as a row states it: REF and ALT of a record, anchored or not. */
export interface StatedRecord {
  /** VCF POS - 1. */
  readonly reportedStart0: Interbase;
  readonly ref: string;
  readonly alt: string;
}

/** Whether a record states the asked event. Lower case marks repeats and means no other base. */
export function statesEvent(
  { reportedStart0, ref, alt }: StatedRecord,
  asked: Allele,
  context: Interval | undefined,
): boolean {
  return sameEvent(asked, context, trim(reportedStart0, ref.toUpperCase(), alt.toUpperCase()));
}

/** All places where a record may state the asked allele; one that inserts may do so at the very end of the context. */
export function statableWithin({ start0, end0 }: Interval, context: Interval | undefined): Interval {
  return context === undefined ? { start0, end0 } : { start0: context.start0, end0: shift(context.end0, 1) };
}

function equalAlleles(a: Allele, b: Allele): boolean {
  return a.start0 === b.start0 && a.deleted === b.deleted && a.inserted === b.inserted;
}

/**
 * The fully-justified form of a pure insertion or deletion, from its justified interval alone: what it slides along
 * continues its bases in both directions, so nothing is read. Undefined when the allele is neither, or the interval
 * does not hold it.
 */
export function justifiedWithin(allele: Allele, { start0, end0 }: Interval): Allele | undefined {
  const trimmed = trim(allele.start0, allele.deleted, allele.inserted);
  const [left, right] = [trimmed.start0 - start0, end0 - trimmed.end0];
  if (!slides(trimmed) || left < 0 || right < 0) return undefined;
  const unit = trimmed.deleted + trimmed.inserted;
  const before = unit.repeat(Math.ceil(left / unit.length)).slice(unit.length * Math.ceil(left / unit.length) - left);
  const after = unit.repeat(Math.ceil(right / unit.length)).slice(0, right);
  return {
    start0,
    end0,
    deleted: before + trimmed.deleted + after,
    inserted: before + trimmed.inserted + after,
  };
}
