import type { SeenPlaces } from '../../operations/population-ports.ts';
import type { Place } from '../../operations/range-questions.ts';
import { coverageOf } from '../coverage.ts';
import { type Span, spanOf } from '../window.ts';
import { inputCoverage } from './callable.ts';
import type { StoredSource } from './germline.ts';
import type { PlaceRegions } from './regions.ts';
import type { Snapshot } from './snapshot.ts';

const NOTHING: PlaceRegions = { panels: new Map(), studies: new Map(), subjects: new Map() };

/**
 * Which places each source saw whole. Sources of like inputs saw the same wherever no region of theirs alone touches; only
 * those with such a region are looked at one by one, and told apart by what they saw.
 */
export function seenPlaces(
  { testStudy }: Snapshot,
  sources: readonly StoredSource[],
  places: readonly Place[],
  regionsOf: (place: number) => PlaceRegions | undefined,
): SeenPlaces {
  const all = places.map((_, place) => regionsOf(place) ?? NOTHING);
  const spans = places.map((place) => spanOf({ ...place, index: 0 }));
  const studies = new Set(all.flatMap((regions) => [...regions.studies.keys()]));
  const subjects = new Set(all.flatMap((regions) => [...regions.subjects.keys()]));
  const known = new Map<string, boolean>();
  const nameOf = ({ test, input }: StoredSource): string => `${testStudy[test]}/${input.input}`;

  function covered({ subject, test, input }: StoredSource, place: number): boolean {
    const span = spans[place] as Span;
    const own = inputCoverage(span, all[place] as PlaceRegions, testStudy[test] as number, input, subject);
    return coverageOf(span, [own]) === 'covered';
  }

  function sees(number: number, place: number): boolean {
    const source = sources[number] as StoredSource;
    const [regions, study] = [all[place] as PlaceRegions, nameOf(source)];
    if (regions.studies.has(study) || regions.subjects.get(source.subject)?.has(study)) return covered(source, place);
    const { panel, stated } = source.input.facts;
    const name = `${place}/${panel}/${stated}`;
    const before = known.get(name) ?? covered(source, place);
    known.set(name, before);
    return before;
  }

  return {
    sees,
    keyOf(number) {
      const source = sources[number] as StoredSource;
      const { panel, stated } = source.input.facts;
      if (!subjects.has(source.subject) && !studies.has(nameOf(source))) return `${panel}/${stated}`;
      return places.map((_, place) => (sees(number, place) ? '1' : '0')).join('');
    },
  };
}
