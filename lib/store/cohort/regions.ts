import { ASSEMBLIES, type Assembly } from '../../genomics/assembly.ts';
import type { RangeQuestion } from '../../operations/ports.ts';
import type { Place, Placed } from '../../operations/range-questions.ts';
import type { Dialect } from '../dialect.ts';
import { rangeQuery, type Selection, scansOf } from '../range-query.ts';
import type { RegionKind } from '../schema.ts';
import type { ReadFile } from '../study-files.ts';
import { compactedFiles } from './cohort-query.ts';
import { answersOf, type CohortEngines, type Rows, scanned } from './engine.ts';
import { newerNumber, placeOfSubject, type Snapshot } from './snapshot.ts';

/** A region that touches a place, clipped by no one. */
export interface TouchingRegion {
  readonly kind: RegionKind;
  readonly start0: number;
  readonly end0: number;
}

/** Regions that touch one place, by whom they hold for. */
export interface PlaceRegions {
  readonly panels: Map<number, TouchingRegion[]>;
  /** By `study/input`. */
  readonly studies: Map<string, TouchingRegion[]>;
  /** By place of the subject, then by `study/input`. */
  readonly subjects: Map<number, Map<string, TouchingRegion[]>>;
}

/** Regions of every place of every item, by assembly and place in `placed`. */
export type RegionsOf = (assembly: Assembly, item: number) => PlaceRegions | undefined;

const COMPACTED: Selection = {
  columns: () => 'v.panel, v.study, v.member, v."input", v.kind, v.start0, v.end0',
  where: 'true',
};
const OF_STUDY: Selection = { columns: () => 'v.subject, v."input", v.kind, v.start0, v.end0', where: 'true' };

/** Reads the regions that touch the places, one scan an assembly. @throws UnavailableError */
export async function callableRegions(
  snapshot: Snapshot,
  placed: readonly Placed<Place>[],
  engines: CohortEngines,
): Promise<RegionsOf> {
  const found = new Map<string, PlaceRegions>();
  const at = (assembly: Assembly, item: number): PlaceRegions => {
    const name = `${assembly}/${item}`;
    const known = found.get(name) ?? { panels: new Map(), studies: new Map(), subjects: new Map() };
    found.set(name, known);
    return known;
  };
  for (const assembly of ASSEMBLIES) {
    const questions = placed.flatMap(({ places }, index): RangeQuestion[] => {
      const place = places.get(assembly);
      return place === undefined ? [] : [{ ...place, index }];
    });
    if (questions.length === 0) continue;
    await read(assembly, questions);
  }
  return (assembly, item) => found.get(`${assembly}/${item}`);

  async function read(assembly: Assembly, questions: readonly RangeQuestion[]): Promise<void> {
    const files = compactedFiles(snapshot, 'regions', assembly);
    const sources = newerSources(snapshot, assembly);
    const newer = rangeQuery(scansOf(sources, questions), {}, OF_STUDY);
    const inOrder = [...newer.files.values()].flat();
    const asked = {
      load: () => scanned(scansOf(files, questions)),
      questions,
      compacted: (part: readonly RangeQuestion[], dialect: Dialect) =>
        rangeQuery(scansOf(files, part), {}, COMPACTED, dialect),
      newer,
    };
    for await (const { rows, query } of answersOf(engines, asked)) {
      if (query === newer) takeNewer(assembly, rows, inOrder);
      else take(assembly, rows);
    }
  }

  function take(assembly: Assembly, rows: Rows): void {
    const [question, , panel, study, member, input, kind, start0, end0] = rows.getColumns();
    for (let i = 0; i < rows.rowCount; i++) {
      const region = { kind: kind?.[i] as RegionKind, start0: start0?.[i] as number, end0: end0?.[i] as number };
      const into = at(assembly, question?.[i] as number);
      const [ofPanel, ofMember] = [panel?.[i] as number | null, member?.[i] as number | null];
      if (ofPanel !== null) push(into.panels, ofPanel, region);
      else own(into, ofMember, `${study?.[i]}/${input?.[i]}`, region);
    }
  }

  function takeNewer(assembly: Assembly, rows: Rows, sources: readonly NewerSource[]): void {
    const [question, source, subject, input, kind, start0, end0] = rows.getColumns();
    for (let i = 0; i < rows.rowCount; i++) {
      const region = { kind: kind?.[i] as RegionKind, start0: start0?.[i] as number, end0: end0?.[i] as number };
      const into = at(assembly, question?.[i] as number);
      const name = `${newerNumber(sources[source?.[i] as number]?.place ?? -1)}/${input?.[i]}`;
      const who = subject?.[i] as string | null;
      if (who === null) push(into.studies, name, region);
      else ofSubject(into, placeOfSubject(snapshot, who), name, region);
    }
  }

  function own(into: PlaceRegions, member: number | null, name: string, region: TouchingRegion): void {
    if (member === null) push(into.studies, name, region);
    else ofSubject(into, snapshot.placeOfMember[member] ?? -1, name, region);
  }
}

/** A file of regions, and the place of its study among the newer ones. */
interface NewerSource extends ReadFile {
  readonly place: number;
}

function newerSources({ newer }: Snapshot, assembly: Assembly): readonly NewerSource[] {
  return newer.flatMap(({ study, files }, place) =>
    study.assembly === assembly
      ? files.filter(({ kind, rows }) => kind === 'regions' && rows > 0).map((file) => ({ file, place }))
      : [],
  );
}

function ofSubject(into: PlaceRegions, place: number, name: string, region: TouchingRegion): void {
  if (place < 0) return;
  const own = into.subjects.get(place) ?? new Map<string, TouchingRegion[]>();
  into.subjects.set(place, own);
  push(own, name, region);
}

function push<K>(map: Map<K, TouchingRegion[]>, key: K, region: TouchingRegion): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [region]);
  else list.push(region);
}
