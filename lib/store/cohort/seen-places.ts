import type { SeenPlaces } from '../../operations/population-ports.ts';
import type { Place } from '../../operations/range-questions.ts';
import { coverageOf } from '../coverage.ts';
import { spanOf } from '../window.ts';
import { inputCoverage } from './callable.ts';
import type { StoredSource } from './germline.ts';
import type { PlaceRegions } from './regions.ts';
import type { Snapshot } from './snapshot.ts';

/** Which places each source saw whole. Sources of like inputs, of which no region of their own touches, saw the same. */
export function seenPlaces(
  { testStudy }: Snapshot,
  sources: readonly StoredSource[],
  places: readonly Place[],
  regionsOf: (place: number) => PlaceRegions | undefined,
): SeenPlaces {
  const all = places.map((_, place) => regionsOf(place));
  const studies = new Set(all.flatMap((regions) => [...(regions?.studies.keys() ?? [])]));
  const subjects = new Set(all.flatMap((regions) => [...(regions?.subjects.keys() ?? [])]));
  const known = new Map<string, boolean>();

  const keyOf = (source: number): string => {
    const { subject, test, input } = sources[source] as StoredSource;
    const { facts } = input;
    const study = `${testStudy[test]}/${input.input}`;
    const own = `${studies.has(study) || subjects.has(subject) ? study : ''}/${subjects.has(subject) ? subject : ''}`;
    return `${facts.panel ?? ''}/${facts.stated}/${own}`;
  };
  return {
    keyOf,
    sees(source, place) {
      const name = `${place} ${keyOf(source)}`;
      const before = known.get(name);
      if (before !== undefined) return before;
      const { subject, test, input } = sources[source] as StoredSource;
      const span = spanOf({ ...(places[place] as Place), index: 0 });
      const regions = all[place] ?? { panels: new Map(), studies: new Map(), subjects: new Map() };
      const seen = coverageOf(span, [inputCoverage(span, regions, testStudy[test] as number, input, subject)]);
      known.set(name, seen === 'covered');
      return seen === 'covered';
    },
  };
}
