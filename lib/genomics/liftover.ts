import { type Allele, reverseComplement } from './allele.ts';
import { sequencesOf } from './assembly.ts';
import { type ChainIndex, isColinear, type LiftedBase, liftBase } from './chain.ts';
import { type Interbase, interbase } from './coordinates.ts';
import type { GenomicInterval } from './interval.ts';
import { type ReferenceMismatch, referenceMismatch } from './normalise.ts';
import type { Sequences } from './ports.ts';

/**
 * Why something has no place in the other assembly. `unmapped`: no chain reaches one of its ends, or it holds bases
 * that the other assembly lacks. `split`: what lies between its ends is not in one piece, direction and order there. `other-chromosome`:
 * its ends lie on different chromosomes. `multiple`: an end has several places. `reference-differs`: the other assembly
 * has other bases there than the allele replaces.
 */
export type LiftFailureReason = 'unmapped' | 'split' | 'other-chromosome' | 'multiple' | 'reference-differs';

export interface LiftFailure {
  readonly lifted: false;
  readonly reason: LiftFailureReason;
  /** A sentence for the caller. */
  readonly detail: string;
  readonly mismatch?: ReferenceMismatch;
}

export interface LiftedInterval extends GenomicInterval {
  readonly lifted: true;
  /** Whether the segment runs the other way there: the ends have changed places. */
  readonly inverted: boolean;
  /** Bases that were added on both sides before both ends had a place. */
  readonly widenedBy: number;
}

export interface LiftedAllele {
  readonly lifted: true;
  readonly accession: string;
  /** On the plus strand of the target; reverse-complemented when the segment is inverted. */
  readonly allele: Allele;
  readonly inverted: boolean;
  /** Whether the replaced bases were compared with the target assembly. */
  readonly reference: 'agrees' | 'unchecked';
}

/** The mitochondrion of both assemblies; it lifts to itself. */
const RCRS = 'NC_012920.1';

/** How much a region is widened, in turn, when one of its ends has no place (10 is the IG's own example). */
const WIDENINGS = [10, 100, 1000] as const;

/**
 * Lifts a region by its first and last base; what lies between may be longer or shorter there. What is
 * aligned in between must keep its order and direction. An empty region is the base after it, as in a query. In an inverted segment an insertion exactly at the start
 * of the region lies just behind the lifted region's end.
 */
export function liftInterval(index: ChainIndex, region: GenomicInterval): LiftedInterval | LiftFailure {
  const { accession, start0 } = region;
  if (accession === RCRS) return { ...region, lifted: true, inverted: false, widenedBy: 0 };
  const end0 = Math.max(region.end0, start0 + 1);
  const ends = liftEnds(index, accession, start0, end0 - 1);
  if ('reason' in ends) return ends;
  const { first, last } = ends;
  const [low, high] = first.inverted ? [last, first] : [first, last];
  const lifted = { lifted: true, accession: first.accession, inverted: first.inverted, widenedBy: 0 } as const;
  return { ...lifted, start0: low.base0, end0: interbase(high.base0 + 1) };
}

/**
 * Lifts a region and, when one of its ends has no place, the region widened by 10, 100 and 1,000 bases on both sides.
 *
 * @see http://hl7.org/fhir/uv/genomics-reporting/operations.html (liftover)
 */
export function liftRegion(index: ChainIndex, region: GenomicInterval): LiftedInterval | LiftFailure {
  const exact = liftInterval(index, region);
  if (exact.lifted || exact.reason !== 'unmapped') return exact;
  const length = sequencesOf(region.accession)[0]?.length ?? region.end0;
  for (const widenedBy of WIDENINGS) {
    const start0 = interbase(Math.max(0, region.start0 - widenedBy));
    const end0 = interbase(Math.min(length, region.end0 + widenedBy));
    const wider = liftInterval(index, { accession: region.accession, start0, end0 });
    if (wider.lifted) return { ...wider, widenedBy };
  }
  return exact;
}

/**
 * Lifts an allele: every base it replaces and, for an insertion, both neighbours must have one place and stay together.
 * The replaced bases are compared with the target's reference when `target` has it; otherwise the answer says they were
 * not. Give the fully-justified form: then a repeat that differs between the assemblies is noticed.
 *
 * @throws UnavailableError when the target's reference can't be read.
 */
export async function liftAllele(
  index: ChainIndex,
  accession: string,
  allele: Allele,
  target?: Sequences,
): Promise<LiftedAllele | LiftFailure> {
  const answer = liftUnchecked(index, accession, allele);
  if (!answer.lifted || target?.has(answer.accession, answer.allele) !== true) return answer;
  const { start0, deleted } = answer.allele;
  const mismatch = referenceMismatch(start0, deleted, await target.sequence(answer.accession, answer.allele));
  if (mismatch === undefined) return { ...answer, reference: 'agrees' };
  const detail = `${index.to} has other bases at ${answer.accession}:${mismatch.start0} (0-based) than the allele replaces`;
  return { lifted: false, reason: 'reference-differs', detail, mismatch };
}

/** Lifts an allele as {@link liftAllele} does, and compares nothing. */
export function liftUnchecked(index: ChainIndex, accession: string, allele: Allele): LiftedAllele | LiftFailure {
  const place = placeOf(index, accession, allele);
  if ('reason' in place) return place;
  const { inverted } = place;
  const deleted = inverted ? reverseComplement(allele.deleted) : allele.deleted;
  const inserted = inverted ? reverseComplement(allele.inserted) : allele.inserted;
  const lifted = { start0: place.start0, end0: place.end0, deleted, inserted };
  return { lifted: true, accession: place.accession, allele: lifted, inverted, reference: 'unchecked' };
}

interface Place {
  readonly accession: string;
  readonly inverted: boolean;
  readonly start0: Interbase;
  readonly end0: Interbase;
}

/** Where the interval of an allele lies, unbroken, in the other assembly. */
function placeOf(index: ChainIndex, accession: string, { start0, end0 }: Allele): Place | LiftFailure {
  if (accession === RCRS) return { accession, inverted: false, start0, end0 };
  const empty = start0 === end0;
  // An insertion has a place when its neighbours have one and are still neighbours.
  const from = empty ? Math.max(0, start0 - 1) : start0;
  const to = empty ? end0 : end0 - 1;
  const ends = liftEnds(index, accession, from, to);
  if ('reason' in ends) return ends;
  const { first, last } = ends;
  const [low, high] = first.inverted ? [last.base0, first.base0] : [first.base0, last.base0];
  if (high - low !== to - from || !unbroken(index, accession, from, to, first)) {
    return failure('split', index, accession, from, 'the bases it replaces do not lie together there');
  }
  const { inverted } = first;
  if (!empty) return { accession: first.accession, inverted, start0: low, end0: interbase(high + 1) };
  const point = from === to ? (inverted ? interbase(low + 1) : low) : high;
  return { accession: first.accession, inverted, start0: point, end0: point };
}

/** Whether every base from `from` to `to` lies where the first one's alignment puts it. */
function unbroken(index: ChainIndex, accession: string, from: number, to: number, first: LiftedBase): boolean {
  for (let base = from + 1; base < to; base++) {
    const expected = first.base0 + (first.inverted ? from - base : base - from);
    if (!liftBase(index, accession, base).some(({ base0 }) => base0 === expected)) {
      return false;
    }
  }
  return true;
}

/** The one place of each end, on one chain. */
function liftEnds(
  index: ChainIndex,
  accession: string,
  from: number,
  to: number,
): { readonly first: LiftedBase; readonly last: LiftedBase } | LiftFailure {
  const firsts = liftBase(index, accession, from);
  const lasts = from === to ? firsts : liftBase(index, accession, to);
  const [first] = firsts;
  const [last] = lasts;
  if (first === undefined) return failure('unmapped', index, accession, from, 'no chain reaches this base');
  if (last === undefined) return failure('unmapped', index, accession, to, 'no chain reaches this base');
  if (firsts.length > 1) return failure('multiple', index, accession, from, 'this base has several places');
  if (lasts.length > 1) return failure('multiple', index, accession, to, 'this base has several places');
  if (first.accession !== last.accession) {
    return failure(
      'other-chromosome',
      index,
      accession,
      from,
      `its ends go to ${first.accession} and ${last.accession}`,
    );
  }
  // One base that has one place is colinear with itself.
  if (from !== to && !isColinear(index, accession, from, to)) {
    return failure('split', index, accession, from, 'what lies between its ends is not in one piece there');
  }
  return { first, last };
}

function failure(
  reason: LiftFailureReason,
  { from, to }: ChainIndex,
  accession: string,
  base0: number,
  why: string,
): LiftFailure {
  return { lifted: false, reason, detail: `${accession}:${base0} (${from}, 0-based) has no place in ${to}: ${why}` };
}
