import { DuckDBListValue } from '@duckdb/node-api';
import type {
  CarriedAllele,
  CarriedGenotype,
  Carriers,
  Population,
  PopulationQuestions,
} from '../../operations/population-ports.ts';
import type { StructuralRelation } from '../../operations/ports.ts';
import type { DuckDb } from '../duckdb.ts';
import { queryRunner } from '../run-query.ts';
import { alleleQuestion, readAlleles, rowsNear } from './allele-query.ts';
import { countCallable } from './callable.ts';
import type { Carrier } from './cohort-query.ts';
import { answersOf, cohortEngines, type FarEngine } from './engine.ts';
import { genotypeQuestion, readGenotypes } from './genotype-query.ts';
import { germlineOf } from './germline.ts';
import { callableRegions } from './regions.ts';
import { placeOfSubject, type Snapshot, type SnapshotParts, snapshots } from './snapshot.ts';
import { structuralQuestion } from './structural-question.ts';

export interface PopulationStoreParts extends SnapshotParts {
  readonly duckDb: () => Promise<DuckDb>;
  /** Of what is too large for DuckDB in this process; without it DuckDB reads all. */
  readonly far?: FarEngine | undefined;
}

/** The population over the compacted copy and the studies that are newer; the latter are always read in this process. */
export function parquetPopulation({ table, objects, duckDb, far }: PopulationStoreParts): () => Promise<Population> {
  const look = snapshots({ table, objects });
  const engines = cohortEngines(queryRunner({ duckDb, objects }), far);

  return async () => {
    const snapshot = await look();
    const placeOf = placesOf(snapshot);

    async function* alleles(asked: PopulationQuestions): AsyncGenerator<readonly CarriedAllele[]> {
      for await (const { rows } of answersOf(engines, alleleQuestion(snapshot, asked))) {
        yield readAlleles(rows, asked, subjectsOf).filter(({ subjects }) => subjects.length > 0);
      }
    }

    async function* structural(
      asked: PopulationQuestions,
      relation: StructuralRelation,
    ): AsyncGenerator<readonly Carriers[]> {
      for await (const { rows } of answersOf(engines, structuralQuestion(snapshot, asked, relation))) {
        const [question, carriers] = rows.getColumns();
        yield Array.from({ length: rows.rowCount }, (_, i) => ({
          index: question?.[i] as number,
          subjects: subjectsOf(carriers?.[i]),
        }));
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
        for await (const { rows } of answersOf(engines, genotypeQuestion(snapshot, sourceClass, genes))) {
          found.push(...readGenotypes(rows, subjectsOf));
        }
        return found.filter(({ subjects }) => subjects.length > 0);
      },
      germline: (assembly) => germlineOf(snapshot, assembly, engines),
      structural,
      async callable(groups, seeing) {
        const regions = await callableRegions(snapshot, groups.flat(), engines);
        return countCallable(snapshot, groups, seeing, regions);
      },
    };
  };
}

/** Place of a carrier among the subjects; -1 when it is not to be seen. */
const placesOf =
  (snapshot: Snapshot) =>
  (carrier: Carrier): number =>
    typeof carrier === 'number' ? (snapshot.placeOfMember[carrier] ?? -1) : placeOfSubject(snapshot, carrier);
