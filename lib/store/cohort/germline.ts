import { DuckDBListValue } from '@duckdb/node-api';
import type { AllelicState, ChangeType } from '../../genomics/allele.ts';
import type { Assembly } from '../../genomics/assembly.ts';
import type { Interbase } from '../../genomics/coordinates.ts';
import type { CalledRow } from '../../genomics/star-allele/position-call.ts';
import type { CarriedCall, CarriedStructural, Germline, GermlineSource } from '../../operations/population-ports.ts';
import { type Query, rangeQuery, type Selection, scansOf } from '../range-query.ts';
import type { QueryRunner } from '../run-query.ts';
import { structuralQuery } from '../structural-query.ts';
import type { ReadFile } from '../study-files.ts';
import { type Carrier, compactedFiles, groupedBy, isNear, newerFiles, PASSED } from './cohort-query.ts';
import type { KindInput } from './member-kinds.ts';
import { callableRegions } from './regions.ts';
import { seenPlaces } from './seen-places.ts';
import { newerNumber, type Snapshot } from './snapshot.ts';

/** A source as the store knows it. */
export interface StoredSource extends GermlineSource {
  /** Place of the test in the snapshot. */
  readonly test: number;
  readonly input: KindInput;
}

/** Sources of a snapshot's assembly, and how rows find theirs. */
interface SourceIndex {
  readonly sources: readonly StoredSource[];
  /** First source of each test; those of one test stand together. */
  readonly firstOf: Int32Array;
  /** Test of a subject in a newer study, by `number/subject`. */
  readonly ofNewer: ReadonlyMap<string, number>;
}

const CALL_NAMES = 'reported_start0, "ref", alt, genotype, allelic_state, phase_set, haplotypes';
const EVENT_NAMES = 'change_type, outer_start0, outer_end0, imprecise, "ref"';
const GERMLINE = { class: 'germline' };
const OF_CLASS = 'v.source_class = $class';

/** The germline inputs of one assembly, read by DuckDB. */
export function germlineOf(snapshot: Snapshot, assembly: Assembly, chunks: QueryRunner): Germline {
  const index = indexOf(snapshot, assembly);
  const asked = { assembly, sourceClass: 'germline' as const };
  const select = (names: string, carrier: string, where: string): Selection => ({
    columns: () => `${names.split(', ').map((name) => `v.${name}`)}, v."input", ${carrier} AS carrier`,
    where,
  });

  return {
    sources: index.sources,

    async calls(questions) {
      const compacted = rangeQuery(
        scansOf(compactedFiles(snapshot, 'variants', assembly), questions),
        GERMLINE,
        select(CALL_NAMES, 'v.member', OF_CLASS),
      );
      const newer = rangeQuery(
        scansOf(newerFiles(snapshot, 'variants', asked), questions),
        {},
        select(CALL_NAMES, 'v.subject', PASSED),
      );
      const found: CarriedCall[] = [];
      for (const query of [compacted, newer]) {
        for await (const { index: at, values, sources } of grouped(query, CALL_NAMES)) {
          found.push({ index: at, row: rowOf(values), sources });
        }
      }
      return found;
    },

    async structural(questions) {
      const found: CarriedStructural[] = [];
      if (questions.length === 0) return found;
      const compacted = structuralQuery(
        compactedFiles(snapshot, 'structural', assembly).filter(({ file }) => isNear(file, questions)),
        GERMLINE,
        questions,
        'intersecting',
        select(EVENT_NAMES, 'v.member', OF_CLASS),
      );
      const newer = structuralQuery(
        newerFiles(snapshot, 'structural', asked),
        {},
        questions,
        'intersecting',
        select(EVENT_NAMES, 'v.subject', PASSED),
      );
      for (const query of [compacted, newer]) {
        for await (const { index: at, values, sources } of grouped(query, EVENT_NAMES)) {
          const [changeType, start0, end0, imprecise, ref] = values;
          found.push({
            index: at,
            changeType: changeType as ChangeType,
            outer: { start0: start0 as Interbase, end0: end0 as Interbase },
            imprecise: imprecise === true,
            ref: ref as string,
            subjects: sources.map((source) => (index.sources[source] as StoredSource).subject),
          });
        }
      }
      return found;
    },

    async seen(places) {
      const placed = places.map((place, at) => ({ index: at, text: '', places: new Map([[assembly, place]]) }));
      const regions = await callableRegions(snapshot, placed, chunks);
      return seenPlaces(snapshot, index.sources, places, (place) => regions(assembly, place));
    },
  };

  /** Rows of a query that are alike in `names`, with the sources that have them. */
  async function* grouped(query: Query<ReadFile>, names: string): AsyncGenerator<LikeRows> {
    const studies = [...query.files.values()].flat().map(newerStudyOf(snapshot));
    for await (const chunk of chunks(groupedBy(`question, source, "input", ${names}`, query), '')) {
      const columns = chunk.getColumns();
      for (let i = 0; i < chunk.rowCount; i++) {
        const [question, source, input, ...values] = columns.map((column) => column[i] as unknown);
        const list = values.pop();
        if (!(list instanceof DuckDBListValue)) throw new Error('carriers are not a list');
        const sources = (list.items as readonly Carrier[]).flatMap((carrier) => {
          const test =
            typeof carrier === 'number'
              ? snapshot.testOfMember[carrier]
              : index.ofNewer.get(`${studies[source as number]}/${carrier}`);
          return test === undefined || test < 0 ? [] : sourceOf(index, test, input as number);
        });
        if (sources.length > 0) yield { index: question as number, values, sources };
      }
    }
  }
}

interface LikeRows {
  readonly index: number;
  readonly values: readonly unknown[];
  readonly sources: readonly number[];
}

/** What is NULL stays absent. */
function rowOf([reported, ref, alt, genotype, state, phaseSet, haplotypes]: readonly unknown[]): CalledRow {
  return {
    reportedStart0: reported as Interbase,
    ref: ref as string,
    alt: alt as string,
    ...(genotype === null ? {} : { genotype: genotype as string }),
    ...(state === null ? {} : { allelicState: state as AllelicState }),
    ...(phaseSet === null ? {} : { phaseSet: phaseSet as string }),
    ...(haplotypes === null ? {} : { haplotypes: haplotypes as number }),
  };
}

function newerStudyOf({ newer }: Snapshot): (source: ReadFile) => number | undefined {
  const places = new Map(newer.flatMap(({ files }, place) => files.map((file) => [file.key, newerNumber(place)])));
  return ({ file }) => places.get(file.key);
}

function sourceOf({ sources, firstOf }: SourceIndex, test: number, input: number): readonly number[] {
  for (let i = firstOf[test] as number; sources[i]?.test === test; i++)
    if (sources[i]?.input.input === input) return [i];
  return [];
}

const INDEXES = new WeakMap<Snapshot, Map<Assembly, SourceIndex>>();

function indexOf(snapshot: Snapshot, assembly: Assembly): SourceIndex {
  const kept = INDEXES.get(snapshot) ?? new Map<Assembly, SourceIndex>();
  INDEXES.set(snapshot, kept);
  const index = kept.get(assembly) ?? makeIndex(snapshot, assembly);
  kept.set(assembly, index);
  return index;
}

function makeIndex({ subjects, firstTest, testStudy, testKind, kinds }: Snapshot, assembly: Assembly): SourceIndex {
  const germline = kinds.map((kind) =>
    kind.assembly === assembly ? kind.inputs.filter(({ facts }) => facts.sourceClass === 'germline') : [],
  );
  const sources: StoredSource[] = [];
  const firstOf = new Int32Array(testStudy.length);
  const ofNewer = new Map<string, number>();
  let specimens = 0;
  for (const [subject, name] of subjects.entries()) {
    for (let test = firstTest[subject] as number; test < (firstTest[subject + 1] as number); test++) {
      firstOf[test] = sources.length;
      if ((testStudy[test] as number) < 0) ofNewer.set(`${testStudy[test]}/${name}`, test);
      const inputs = germline[testKind[test] as number] ?? [];
      for (const input of inputs) {
        const { changeTypes } = input.facts;
        const specimen = specimens + input.specimen;
        sources.push({ subject, test, input, specimen, ...(changeTypes && { changeTypes }) });
      }
      specimens += Math.max(0, ...inputs.map(({ specimen }) => specimen + 1));
    }
  }
  return { sources, firstOf, ofNewer };
}
