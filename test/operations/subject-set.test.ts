import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { combined, type SubjectSet, subjectSet } from '../../lib/operations/subject-set.ts';

const PEOPLE = 200;
const places = fc.array(fc.oneof(fc.nat(PEOPLE - 1), fc.constantFrom(0, 31, 32, 63, 64, PEOPLE - 1)));

function setOf(list: readonly number[]): SubjectSet {
  const set = subjectSet(PEOPLE);
  set.add(list);
  return set;
}

const ascending = (set: ReadonlySet<number>): number[] => [...set].sort((a, b) => a - b);

describe('a set of subjects', () => {
  test.prop([places])('holds what was added, once and in order', (list) => {
    const [set, expected] = [setOf(list), new Set(list)];
    expect([...set.places()]).toEqual(ascending(expected));
    expect(set.size()).toBe(expected.size);
    for (let place = 0; place < PEOPLE; place++) expect(set.has(place)).toBe(expected.has(place));
  });

  test.prop([fc.array(places, { minLength: 1, maxLength: 4 })])('is joined and cut as sets are', (lists) => {
    const sets = lists.map(setOf);
    const plain = lists.map((list) => new Set(list));
    const [any, all] = [combined(PEOPLE, sets, 'any'), combined(PEOPLE, sets, 'all')];
    expect([...any.places()]).toEqual(ascending(plain.reduce((a, b) => a.union(b))));
    expect([...all.places()]).toEqual(ascending(plain.reduce((a, b) => a.intersection(b))));
  });
});
