import type { Assembly } from '../../genomics/assembly.ts';
import type { PopulationInput } from '../../operations/population-ports.ts';
import type { Place, Placed } from '../../operations/range-questions.ts';
import { coverageOf, type InputCoverage, sweepRegions } from '../coverage.ts';
import { type Span, spanOf } from '../window.ts';
import type { KindInput, MemberKind } from './member-kinds.ts';
import type { PlaceRegions, RegionsOf, TouchingRegion } from './regions.ts';
import type { Snapshot } from './snapshot.ts';

type Groups = readonly (readonly Placed<Place>[])[];

/**
 * The number of subjects whose tests saw every place of a group whole. Subjects with equal tests, of whom no region of
 * their own and none of their studies touches a place, are decided together.
 *
 * @param regions by assembly and place in `groups.flat()`
 */
export function countCallable(
  snapshot: Snapshot,
  groups: Groups,
  seeing: (input: PopulationInput) => boolean,
  regions: RegionsOf,
): readonly number[] {
  const alike = likeSubjects(snapshot);
  const seen = snapshot.kinds.map((kind) => seeingInputs(kind, seeing));
  let first = 0;
  return groups.map((group) => {
    const items = group.map((placed, at) => ({ placed, item: first + at }));
    first += group.length;
    const covered = (tests: readonly Test[], subject?: number): boolean =>
      items.every(({ placed, item }) => isCovered(tests, placed, (assembly) => regions(assembly, item), subject));
    const apart = touchedSubjects(snapshot, group, (assembly, at) => regions(assembly, first - group.length + at));
    const left = alike.sizes.slice();
    for (const { place } of apart) left[alike.of[place] as number] = (left[alike.of[place] as number] as number) - 1;
    let count = 0;
    for (const [number, size] of left.entries()) {
      if (size > 0 && covered(testsOf(snapshot, alike.first[number] as number, seen))) count += size;
    }
    const decided = new Map<string, boolean>();
    for (const { place, own, studies } of apart) {
      const tests = testsOf(snapshot, place, seen);
      if (own) {
        count += Number(covered(tests, place));
        continue;
      }
      const name = `${alike.of[place]}|${studies}`;
      const known = decided.get(name) ?? covered(tests);
      decided.set(name, known);
      count += Number(known);
    }
    return count;
  });
}

/** One test of a subject, with the inputs that count. */
interface Test {
  readonly study: number;
  readonly assembly: MemberKind['assembly'];
  readonly inputs: MemberKind['inputs'];
}

function seeingInputs({ assembly, inputs }: MemberKind, seeing: (input: PopulationInput) => boolean): MemberKind {
  return { assembly, inputs: inputs.filter(({ facts }) => seeing({ assembly, ...facts })) };
}

function testsOf({ firstTest, testStudy, testKind }: Snapshot, place: number, kinds: readonly MemberKind[]): Test[] {
  const tests: Test[] = [];
  for (let i = firstTest[place] as number; i < (firstTest[place + 1] as number); i++) {
    const { assembly, inputs } = kinds[testKind[i] as number] as MemberKind;
    if (inputs.length > 0) tests.push({ study: testStudy[i] as number, assembly, inputs });
  }
  return tests;
}

/** `covered` in one assembly is enough: what one saw, the other's not seeing doesn't take away. */
function isCovered(
  tests: readonly Test[],
  { places }: Placed<Place>,
  regionsIn: (assembly: Assembly) => PlaceRegions | undefined,
  subject: number | undefined,
): boolean {
  return [...places].some(([assembly, place]) => {
    const regions = regionsIn(assembly);
    const own = tests.filter((test) => test.assembly === assembly);
    if (regions === undefined || own.length === 0) return false;
    const span = spanOf({ ...place, index: 0 });
    const inputs = own.flatMap(({ study, inputs: counted }) =>
      counted.map((input) => inputCoverage(span, regions, study, input, subject)),
    );
    return coverageOf(span, inputs) === 'covered';
  });
}

/**
 * What one input of a test says of a span.
 *
 * @param study its number @param subject place of the subject, where regions of theirs alone count too
 */
export function inputCoverage(
  span: Span,
  regions: PlaceRegions,
  study: number,
  { input, facts }: KindInput,
  subject: number | undefined,
): InputCoverage {
  const name = `${study}/${input}`;
  const sweep = sweepRegions(span, facts.stated);
  const all: TouchingRegion[] = [
    ...((facts.panel !== undefined && regions.panels.get(facts.panel)) || []),
    ...(regions.studies.get(name) ?? []),
    ...((subject !== undefined && regions.subjects.get(subject)?.get(name)) || []),
  ].sort((a, b) => a.start0 - b.start0);
  for (const { kind, start0, end0 } of all) sweep.add(kind, start0, end0);
  return sweep.finish();
}

interface TouchedSubject {
  readonly place: number;
  /** Whether a region of the subject alone touches the group. */
  readonly own: boolean;
  /** Names of the subject's studies with regions that touch it. */
  readonly studies: string;
}

/** Subjects of whom more than the panels has to be looked at. */
function touchedSubjects(
  snapshot: Snapshot,
  group: readonly Placed<Place>[],
  regions: (assembly: Assembly, at: number) => PlaceRegions | undefined,
): readonly TouchedSubject[] {
  const studies = new Set<number>();
  const own = new Set<number>();
  group.forEach(({ places }, at) => {
    for (const assembly of places.keys()) {
      const found = regions(assembly, at);
      for (const name of found?.studies.keys() ?? []) studies.add(Number(name.slice(0, name.indexOf('/'))));
      for (const place of found?.subjects.keys() ?? []) own.add(place);
    }
  });
  if (studies.size === 0 && own.size === 0) return [];
  const touched: TouchedSubject[] = [];
  const { firstTest, testStudy, subjects } = snapshot;
  for (let place = 0; place < subjects.length; place++) {
    let names = '';
    for (let i = firstTest[place] as number; i < (firstTest[place + 1] as number); i++) {
      if (studies.has(testStudy[i] as number)) names += ` ${testStudy[i]}`;
    }
    if (names !== '' || own.has(place)) touched.push({ place, own: own.has(place), studies: names });
  }
  return touched;
}

/** Subjects by what kinds of tests they have; which studies these are does not matter where no region of theirs does. */
interface LikeSubjects {
  readonly of: Int32Array;
  readonly sizes: number[];
  /** A subject of each. */
  readonly first: number[];
}

const LIKE = new WeakMap<Snapshot, LikeSubjects>();

function likeSubjects(snapshot: Snapshot): LikeSubjects {
  const known = LIKE.get(snapshot);
  if (known !== undefined) return known;
  const { firstTest, testKind, subjects } = snapshot;
  const numbers = new Map<string, number>();
  const like: LikeSubjects = { of: new Int32Array(subjects.length), sizes: [], first: [] };
  for (let place = 0; place < subjects.length; place++) {
    const name = testKind
      .subarray(firstTest[place], firstTest[place + 1])
      .toSorted()
      .join();
    const number = numbers.get(name) ?? like.sizes.length;
    numbers.set(name, number);
    if (number === like.sizes.length) {
      like.sizes.push(0);
      like.first.push(place);
    }
    like.of[place] = number;
    like.sizes[number] = (like.sizes[number] as number) + 1;
  }
  LIKE.set(snapshot, like);
  return like;
}
