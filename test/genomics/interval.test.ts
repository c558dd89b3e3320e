import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lib/genomics/errors.ts';
import {
  formatRange,
  type Interval,
  intersection,
  intersects,
  lengthOf,
  parseRange,
  subsumes,
  subtract,
  union,
} from '../../lib/genomics/interval.ts';
import { smallInterval } from '../support/arbitraries.ts';
import { span } from '../support/archive-builder.ts';

const EVERY = Array.from({ length: 13 }, (_, start0) =>
  Array.from({ length: 13 - start0 }, (_, length) => span(start0, start0 + length)),
).flat();

/** The bases of a set of intervals, one by one. */
function basesOf(intervals: readonly Interval[]): ReadonlySet<number> {
  return new Set(
    intervals.flatMap(({ start0, end0 }) => Array.from({ length: end0 - start0 }, (_, by) => start0 + by)),
  );
}

/** Sorted, apart from each other and none empty. */
function isTidy(intervals: readonly Interval[]): boolean {
  return intervals.every(
    ({ start0, end0 }, place) => start0 < end0 && (place === 0 || (intervals[place - 1]?.end0 ?? 0) < start0),
  );
}

describe('intersects and subsumes, against every small interval base by base', () => {
  it('a record with bases intersects a range when they share one, an empty range asking for its base', () => {
    for (const record of EVERY.filter(({ start0, end0 }) => start0 < end0)) {
      for (const range of EVERY) {
        const asked = basesOf([range.start0 === range.end0 ? span(range.start0, range.start0 + 1) : range]);
        const shared = [...basesOf([record])].some((base) => asked.has(base));
        expect(intersects(record, range), JSON.stringify([record, range])).toBe(shared);
      }
    }
  });

  it('an insertion point intersects a range when it is at or after its start and before its end', () => {
    for (let point = 0; point <= 12; point++) {
      for (const range of EVERY) {
        const inside =
          range.start0 === range.end0 ? point === range.start0 : range.start0 <= point && point < range.end0;
        expect(intersects(span(point, point), range), JSON.stringify([point, range])).toBe(inside);
      }
    }
  });

  it('a record subsumes a range when it has all its bases', () => {
    for (const record of EVERY) {
      for (const range of EVERY.filter(({ start0, end0 }) => start0 < end0)) {
        const own = basesOf([record]);
        expect(subsumes(record, range)).toBe([...basesOf([range])].every((base) => own.has(base)));
      }
    }
  });
});

describe('sets of intervals', () => {
  const some = fc.array(smallInterval, { maxLength: 6 });

  test.prop([some])('union keeps every base and is tidy', (intervals) => {
    const joined = union(intervals);
    expect(basesOf(joined)).toEqual(new Set([...basesOf(intervals)].sort((a, b) => a - b)));
    expect(isTidy(joined)).toBe(true);
    expect(union(joined)).toEqual(joined);
    expect(lengthOf(intervals)).toBe(basesOf(intervals).size);
  });

  test.prop([some, some])('intersection has the bases of both, subtract those of the first alone', (a, b) => {
    const [inA, inB] = [basesOf(a), basesOf(b)];
    expect(basesOf(intersection(a, b))).toEqual(new Set([...inA].filter((base) => inB.has(base))));
    expect(basesOf(subtract(a, b))).toEqual(new Set([...inA].filter((base) => !inB.has(base))));
    expect(isTidy(subtract(a, b))).toBe(true);
    expect(intersection(a, b)).toEqual(intersection(b, a));
    expect(lengthOf(subtract(a, b)) + lengthOf(intersection(a, b))).toBe(lengthOf(a));
  });
});

describe('parseRange', () => {
  test.prop([fc.nat({ max: 2_147_483_647 }), fc.nat({ max: 2_147_483_647 })])('undoes formatRange', (a, b) => {
    const range = { accession: 'NC_000001.11', ...span(Math.min(a, b), Math.max(a, b)) };
    expect(parseRange(formatRange(range))).toEqual(range);
  });

  it.each([
    '',
    'NC_000001.11',
    'NC_000001:1-2',
    'chr1:1-2',
    'NC_000001.11:2-1',
    'NC_000001.11:-1-2',
    'NC_000001.11:1-2147483648',
    'NC_000001.11:1..2',
    '1:1-2',
  ])('refuses %j', (text) => {
    expect(() => parseRange(text, 'ranges')).toThrow(InvalidInputError);
    expect(() => parseRange(text, 'ranges')).toThrow(expect.objectContaining({ expression: 'ranges' }));
  });
});
