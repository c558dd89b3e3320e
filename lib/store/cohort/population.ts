import { DuckDBListValue } from '@duckdb/node-api';
import type {
  CarriedAllele,
  CarriedGenotype,
  Carriers,
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
import { alleleQueries, classBinding, classCondition, readAlleles, rowsNear } from './allele-query.ts';
import { countCallable } from './callable.ts';
import { type Carrier, compactedFiles, groupedBy, isNear, newerFiles, PASSED } from './cohort-query.ts';
import { genotypeQueries, readGenotypes } from './genotype-query.ts';
import { germlineOf } from './germline.ts';
import { callableRegions } from './regions.ts';
import { placeOfSubject, type Snapshot, type SnapshotParts, snapshots } from './snapshot.ts';

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

    async function* alleles(asked: PopulationQuestions): AsyncGenerator<readonly CarriedAllele[]> {
      for (const query of alleleQueries(snapshot, asked)) {
        for await (const chunk of chunks(query, '')) {
          yield readAlleles(chunk, asked, subjectsOf).filter(({ subjects }) => subjects.length > 0);
        }
      }
    }

    async function* structural(
      asked: PopulationQuestions,
      relation: StructuralRelation,
    ): AsyncGenerator<readonly Carriers[]> {
      const { questions, sourceClass } = asked;
      if (questions.length === 0) return;
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
      for (const query of [compacted, newer] as readonly Query<ReadFile>[]) {
        for await (const chunk of chunks(groupedBy('question', query), '')) {
          const [question, carriers] = chunk.getColumns();
          yield Array.from({ length: chunk.rowCount }, (_, i) => ({
            index: question?.[i] as number,
            subjects: subjectsOf(carriers?.[i]),
          }));
        }
      }
    }

    function subjectsOf(list: unknown): number[] {
      if (!(list instanceof DuckDBListValue)) throw new Error('carriers are not a list');
      return (list.items as readonly Carrier[]).map(placeOf).filter((place) => place >= 0);
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
        return found.filter(({ subjects }) => subjects.length > 0);
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
const placesOf =
  (snapshot: Snapshot) =>
  (carrier: Carrier): number =>
    typeof carrier === 'number' ? (snapshot.placeOfMember[carrier] ?? -1) : placeOfSubject(snapshot, carrier);

/** SQL that lets DuckDB skip row groups: between the first and the last question, where all are on one chromosome. */
function bounds(questions: readonly RangeQuestion[]): string {
  const [first] = questions;
  if (first === undefined || questions.some(({ chromosome }) => chromosome !== first.chromosome)) return '';
  const spans = questions.map(spanOf);
  const [lo, hi] = [Math.min(...spans.map((span) => span.lo)), Math.max(...spans.map((span) => span.hi))];
  return ` AND v.outer_start0 < ${integer(hi)} AND v.outer_end0 >= ${integer(lo)}`;
}
