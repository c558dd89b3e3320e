/** Subjects by their place in `Population.subjects`, one bit each: a hundred thousand take 12.5 kB, however many are in. */
export interface SubjectSet {
  add(places: Iterable<number>): void;
  has(place: number): boolean;
  size(): number;
  /** Ascending. */
  places(): Generator<number>;
}

/** The set of some of a population of `people` subjects. */
export function subjectSet(people: number, members: Iterable<number> = []): SubjectSet {
  const words = new Uint32Array(Math.ceil(people / 32));
  const has = (place: number): boolean => (((words[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
  const add = (places: Iterable<number>): void => {
    for (const place of places) words[place >>> 5] = (words[place >>> 5] ?? 0) | (1 << (place & 31));
  };
  add(members);
  return {
    add,
    has,
    size() {
      let count = 0;
      for (const word of words) count += ones(word);
      return count;
    },
    *places() {
      for (let place = 0; place < people; place++) {
        // Most words of a rare variant are empty.
        if (words[place >>> 5] === 0) place |= 31;
        else if (has(place)) yield place;
      }
    },
  };
}

/** Those who are in one of the sets, or in all of them. */
export function combined(people: number, sets: readonly SubjectSet[], how: 'any' | 'all'): SubjectSet {
  const result = subjectSet(people);
  const [first, ...others] = sets;
  if (first === undefined) return result;
  if (how === 'any') for (const set of sets) result.add(set.places());
  else result.add(first.places().filter((place) => others.every((set) => set.has(place))));
  return result;
}

/** Set bits of a word (Hacker's Delight, 5-1). */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
