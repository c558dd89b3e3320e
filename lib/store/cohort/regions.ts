import { ASSEMBLIES, type Assembly } from '../../genomics/assembly.ts';
import type { RangeQuestion } from '../../operations/ports.ts';
import type { Place, Placed } from '../../operations/range-questions.ts';
import { rangeQuery, type Selection, scansOf } from '../range-query.ts';
import type { RegionKind } from '../schema.ts';
import { type CohortEngines, partsOf, type Rows } from './engine.ts';
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
    await Promise.all([compacted(assembly, questions), newer(assembly, questions)]);
  }
  return (assembly, item) => found.get(`${assembly}/${item}`);

  async function compacted(assembly: Assembly, questions: readonly RangeQuestion[]): Promise<void> {
    const files = snapshot.files
      .filter((file) => file.kind === 'regions' && file.assembly === assembly)
      .map((file) => ({ file }));
    const engine = engines.engineFor(scansOf(files, questions).flatMap(({ sources }) => sources));
    for (const part of partsOf(questions, engine)) {
      await read(assembly, engine.rows(rangeQuery(scansOf(files, part), {}, COMPACTED, engine.dialect)));
    }
  }

  async function read(assembly: Assembly, rows: AsyncIterable<Rows>): Promise<void> {
    for await (const chunk of rows) {
      const [question, , panel, study, member, input, kind, start0, end0] = chunk.getColumns();
      for (let i = 0; i < chunk.rowCount; i++) {
        const region = { kind: kind?.[i] as RegionKind, start0: start0?.[i] as number, end0: end0?.[i] as number };
        const into = at(assembly, question?.[i] as number);
        const [ofPanel, ofMember] = [panel?.[i] as number | null, member?.[i] as number | null];
        if (ofPanel !== null) push(into.panels, ofPanel, region);
        else own(into, ofMember, `${study?.[i]}/${input?.[i]}`, region);
      }
    }
  }

  function own(into: PlaceRegions, member: number | null, name: string, region: TouchingRegion): void {
    if (member === null) push(into.studies, name, region);
    else ofSubject(into, snapshot.placeOfMember[member] ?? -1, name, region);
  }

  async function newer(assembly: Assembly, questions: readonly RangeQuestion[]): Promise<void> {
    const sources = snapshot.newer.flatMap(({ study, files }, place) =>
      study.assembly === assembly
        ? files.filter(({ kind, rows }) => kind === 'regions' && rows > 0).map((file) => ({ file, place }))
        : [],
    );
    const query = rangeQuery(scansOf(sources, questions), {}, OF_STUDY);
    const inOrder = [...query.files.values()].flat();
    if (inOrder.length === 0) return;
    for await (const chunk of engines.near.rows(query)) {
      const [question, source, subject, input, kind, start0, end0] = chunk.getColumns();
      for (let i = 0; i < chunk.rowCount; i++) {
        const region = { kind: kind?.[i] as RegionKind, start0: start0?.[i] as number, end0: end0?.[i] as number };
        const into = at(assembly, question?.[i] as number);
        const name = `${newerNumber(inOrder[source?.[i] as number]?.place ?? -1)}/${input?.[i]}`;
        const who = subject?.[i] as string | null;
        if (who === null) push(into.studies, name, region);
        else ofSubject(into, placeOfSubject(snapshot, who), name, region);
      }
    }
  }
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
