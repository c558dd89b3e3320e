import { DuckDBListValue } from '@duckdb/node-api';
import type { Interbase } from '../../genomics/coordinates.ts';
import type {
  CarriedAllele,
  CarriedGenotype,
  Population,
  PopulationQuestions,
} from '../../operations/population-ports.ts';
import type { RangeQuestion, StructuralRelation } from '../../operations/ports.ts';
import type { DuckDb } from '../duckdb.ts';
import { integer, type Query, type Selection } from '../range-query.ts';
import { queryRunner } from '../run-query.ts';
import { structuralQuery } from '../structural-query.ts';
import type { ReadFile } from '../study-files.ts';
import { spanOf } from '../window.ts';
import { alleleQueries, classBinding, classCondition, rowsNear } from './allele-query.ts';
import { countCallable } from './callable.ts';
import { type Carrier, compactedFiles, groupedBy, isNear, newerFiles, PASSED } from './cohort-query.ts';
import { genotypeQueries, readGenotypes } from './genotype-query.ts';
import { germlineOf } from './germline.ts';
import { callableRegions } from './regions.ts';
import { type Snapshot, type SnapshotParts, snapshots } from './snapshot.ts';

export interface PopulationStoreParts extends SnapshotParts {
  readonly duckDb: () => Promise<DuckDb>;
}

/** The population over the compacted copy and the studies that are newer, read by DuckDB. */
export function parquetPopulation({ table, objects, duckDb }: PopulationStoreParts): () => Promise<Population> {
  const look = snapshots({ table, objects });
  const chunks = queryRunner({ duckDb, objects });

  return async () => {
    const snapshot = await look();
    const placeOf = placesOf(snapshot);

    async function alleles(asked: PopulationQuestions): Promise<readonly CarriedAllele[]> {
      const found = await Promise.all(alleleQueries(snapshot, asked).map((query) => carried(query, asked)));
      return found.flat();
    }

    async function carried(query: Query<ReadFile>, { stated }: PopulationQuestions): Promise<CarriedAllele[]> {
      const found: CarriedAllele[] = [];
      for await (const chunk of chunks(query, '')) {
        const columns = chunk.getColumns();
        for (let i = 0; i < chunk.rowCount; i++) {
          const at = (column: number): unknown => columns[column]?.[i];
          const subjects = subjectsOf(columns.at(-1)?.[i]);
          if (subjects.size === 0) continue;
          const [start0, codes] = [at(4) as Interbase | null, stated === undefined ? null : (at(6) as string | null)];
          found.push({
            index: at(0) as number,
            reportedStart0: at(1) as Interbase,
            ref: at(2) as string,
            alt: at(3) as string,
            subjects,
            ...(start0 === null ? {} : { normalised: { start0, end0: at(5) as Interbase } }),
            ...(codes === null ? {} : { stated: codes.split('&').filter((code) => code !== '') }),
          });
        }
      }
      return found;
    }

    async function structural(asked: PopulationQuestions, relation: StructuralRelation) {
      const { questions, sourceClass } = asked;
      if (questions.length === 0) return new Map<number, Set<number>>();
      const near = bounds(questions);
      const compacted = structuralQuery(
        compactedFiles(snapshot, 'structural', asked.assembly).filter(({ file }) => isNear(file, questions)),
        classBinding(sourceClass),
        questions,
        relation,
        carrierOf('v.member', `${classCondition(sourceClass)}${near}`),
      );
      const newer = structuralQuery(
        newerFiles(snapshot, 'structural', asked),
        {},
        questions,
        relation,
        carrierOf('v.subject', `${PASSED}${near}`),
      );
      const found = new Map<number, Set<number>>();
      for (const query of [compacted, newer] as readonly Query<ReadFile>[]) {
        for await (const chunk of chunks(groupedBy('question', query), '')) {
          const [question, carriers] = chunk.getColumns();
          for (let i = 0; i < chunk.rowCount; i++) {
            const index = question?.[i] as number;
            const subjects = subjectsOf(carriers?.[i]);
            const before = found.get(index);
            found.set(index, before === undefined ? subjects : before.union(subjects));
          }
        }
      }
      return found;
    }

    function subjectsOf(list: unknown): Set<number> {
      const subjects = new Set<number>();
      if (!(list instanceof DuckDBListValue)) throw new Error('carriers are not a list');
      for (const carrier of list.items as readonly Carrier[]) {
        const place = placeOf(carrier);
        if (place >= 0) subjects.add(place);
      }
      return subjects;
    }

    return {
      subjects: snapshot.subjects,
      dependsOn: snapshot.dependsOn,
      inputs: snapshot.inputs,
      alleles,
      rowsNear: (asked) => rowsNear(snapshot, asked),
      async genotypes(sourceClass, genes) {
        const found: CarriedGenotype[] = [];
        for (const query of genotypeQueries(snapshot, sourceClass, genes)) {
          for await (const chunk of chunks(query, '')) found.push(...readGenotypes(chunk, subjectsOf));
        }
        return found.filter(({ subjects }) => subjects.size > 0);
      },
      germline: (assembly) => germlineOf(snapshot, assembly, chunks),
      structural,
      async callable(groups, seeing) {
        const regions = await callableRegions(snapshot, groups.flat(), chunks);
        return countCallable(snapshot, groups, seeing, regions);
      },
    };
  };
}

const carrierOf = (column: string, where: string): Selection => ({
  columns: () => `${column} AS carrier`,
  where,
  distinct: true,
});

/** Place of a carrier among the subjects; -1 when it is not to be seen. */
function placesOf({ placeOfMember, newer, subjects }: Snapshot): (carrier: Carrier) => number {
  let names: ReadonlyMap<string, number> | undefined;
  const namesOf = () => {
    if (newer.length === 0) return new Map<string, number>();
    return new Map(subjects.map((subject, place) => [subject, place]));
  };
  return (carrier) => {
    if (typeof carrier === 'number') return placeOfMember[carrier] ?? -1;
    names ??= namesOf();
    return names.get(carrier) ?? -1;
  };
}

/** SQL that lets DuckDB skip row groups: between the first and the last question, where all are on one chromosome. */
function bounds(questions: readonly RangeQuestion[]): string {
  const [first] = questions;
  if (first === undefined || questions.some(({ chromosome }) => chromosome !== first.chromosome)) return '';
  const spans = questions.map(spanOf);
  const [lo, hi] = [Math.min(...spans.map((span) => span.lo)), Math.max(...spans.map((span) => span.hi))];
  return ` AND v.outer_start0 < ${integer(hi)} AND v.outer_end0 >= ${integer(lo)}`;
}
