import fc from 'fast-check';
import type { Allele } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { Interval } from '../../lib/genomics/interval.ts';
import { span } from './archive-builder.ts';

/** Bases of two letters only, so that repeats and shared ends are common. */
export function bases(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom('A', 'C'), minLength, maxLength });
}

/** Small half-open intervals within `[0, 12]`, empty ones and ones at 0 included. */
export const smallInterval: fc.Arbitrary<Interval> = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }))
  .map(([a, b]) => span(Math.min(a, b), Math.max(a, b)));

/** A reference sequence and one replacement of some of its bases. */
export interface Change {
  readonly reference: string;
  readonly start0: Interval['start0'];
  readonly deleted: string;
  readonly inserted: string;
}

export const change: fc.Arbitrary<Change> = fc
  .record({ before: bases(0, 6), deleted: bases(0, 6), after: bases(0, 6), inserted: bases(0, 6) })
  .map(({ before, deleted, after, inserted }) => ({
    reference: before + deleted + after,
    start0: interbase(before.length),
    deleted,
    inserted,
  }));

/** The sequence after a replacement. */
export function applied(
  reference: string,
  { start0, deleted, inserted }: Pick<Allele, 'start0' | 'deleted' | 'inserted'>,
): string {
  return reference.slice(0, start0) + inserted + reference.slice(start0 + deleted.length);
}
