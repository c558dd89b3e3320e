import { DuckDBListValue } from '@duckdb/node-api';
import type { SourceClass } from '../../genomics/allele.ts';
import type { Interbase } from '../../genomics/coordinates.ts';
import type { StudyFileKind } from '../../genomics/study.ts';
import type { CarriedAllele, Carriers, Population, PopulationQuestions } from '../../operations/population-ports.ts';
import type { RangeQuestion, StructuralRelation } from '../../operations/ports.ts';
import { type Dialect, integer } from '../dialect.ts';
import type { DuckDb } from '../duckdb.ts';
import { type Query, rangeQuery, type Selection, scansOf } from '../range-query.ts';
import { queryRunner } from '../run-query.ts';
import { structuralQuery } from '../structural-query.ts';
import type { ReadFile, SourceFile } from '../study-files.ts';
import { spanOf } from '../window.ts';
import { countCallable } from './callable.ts';
import { type CohortEngine, cohortEngines, type FarEngine, partsOf } from './engine.ts';
import type { CohortFile } from './generation.ts';
import { callableRegions } from './regions.ts';
import { type NewerStudy, placeOfSubject, type Snapshot, type SnapshotParts, snapshots } from './snapshot.ts';

export interface PopulationStoreParts extends SnapshotParts {
  readonly duckDb: () => Promise<DuckDb>;
  /** Of what is too large for DuckDB in this process; without it DuckDB reads all. */
  readonly far?: FarEngine | undefined;
}

/** A compacted file as a question reads it. */
interface CompactedSource extends ReadFile {
  readonly file: CohortFile;
}

/** Compacted rows name a member, rows of a study a subject. */
type Carrier = number | string;

/** The population over the compacted copy and the studies that are newer; the latter are always read in this process. */
export function parquetPopulation({ table, objects, duckDb, far }: PopulationStoreParts): () => Promise<Population> {
  const look = snapshots({ table, objects });
  const engines = cohortEngines(queryRunner({ duckDb, objects }), far);

  return async () => {
    const snapshot = await look();
    const placeOf = placesOf(snapshot);

    async function* alleles(asked: PopulationQuestions): AsyncGenerator<readonly CarriedAllele[]> {
      const { questions, sourceClass } = asked;
      const columns = (carrier: string) => () => `v.reported_start0, v."ref", v.alt, ${carrier} AS carrier`;
      const files = compactedFiles(snapshot, 'variants', asked).filter(({ file }) => meets(file, questions));
      const engine = engines.engineFor(files);
      for (const part of partsOf(questions, engine)) {
        const selection = { columns: columns('v.member'), where: classCondition(sourceClass) };
        const scans = scansOf(files, part);
        yield* carried(engine, rangeQuery(scans, classBinding(sourceClass), selection, engine.dialect));
      }
      const newer = rangeQuery(
        scansOf(newerFiles(snapshot, 'variants', asked), questions),
        {},
        {
          columns: columns('v.subject'),
          where: PASSED,
        },
      );
      yield* carried(engines.near, newer);
    }

    async function* carried(engine: CohortEngine, query: Query<ReadFile>): AsyncGenerator<readonly CarriedAllele[]> {
      const names = 'question, reported_start0, "ref", alt';
      for await (const chunk of engine.rows(groupedBy(names, query, engine.dialect))) {
        const [question, reported, ref, alt, carriers] = chunk.getColumns();
        yield Array.from({ length: chunk.rowCount }, (_, i) => ({
          index: question?.[i] as number,
          reportedStart0: reported?.[i] as Interbase,
          ref: ref?.[i] as string,
          alt: alt?.[i] as string,
          subjects: subjectsOf(carriers?.[i]),
        })).filter(({ subjects }) => subjects.length > 0);
      }
    }

    async function* structural(
      asked: PopulationQuestions,
      relation: StructuralRelation,
    ): AsyncGenerator<readonly Carriers[]> {
      const { questions, sourceClass } = asked;
      if (questions.length === 0) return;
      const files = compactedFiles(snapshot, 'structural', asked).filter(({ file }) => meets(file, questions));
      const engine = engines.engineFor(files);
      for (const part of partsOf(questions, engine)) {
        const selection = carrierOf('v.member', `${classCondition(sourceClass)}${bounds(part)}`);
        yield* found(
          engine,
          structuralQuery(files, classBinding(sourceClass), part, relation, selection, engine.dialect),
        );
      }
      const newer = structuralQuery(
        newerFiles(snapshot, 'structural', asked),
        {},
        questions,
        relation,
        carrierOf('v.subject', `${PASSED}${bounds(questions)}`),
      );
      yield* found(engines.near, newer);
    }

    async function* found(engine: CohortEngine, query: Query<ReadFile>): AsyncGenerator<readonly Carriers[]> {
      for await (const chunk of engine.rows(groupedBy('question', query, engine.dialect))) {
        const [question, carriers] = chunk.getColumns();
        yield Array.from({ length: chunk.rowCount }, (_, i) => ({
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
      structural,
      async callable(groups, seeing) {
        const regions = await callableRegions(snapshot, groups.flat(), engines);
        return countCallable(snapshot, groups, seeing, regions);
      },
    };
  };
}

const PASSED = `v.filters IN ('PASS', '.')`;

const classBinding = (sourceClass: SourceClass | undefined) =>
  sourceClass === undefined ? {} : { class: sourceClass };
const classCondition = (sourceClass: SourceClass | undefined): string =>
  sourceClass === undefined ? 'true' : 'v.source_class = $class';

const carrierOf = (column: string, where: string): Selection => ({
  columns: () => `${column} AS carrier`,
  where,
  distinct: true,
});

function groupedBy(names: string, { sql, ...rest }: Query<ReadFile>, dialect: Dialect): Query<ReadFile> {
  return { ...rest, sql: dialect.grouped(names, sql) };
}

/** Place of a carrier among the subjects; -1 when it is not to be seen. */
const placesOf =
  (snapshot: Snapshot) =>
  (carrier: Carrier): number =>
    typeof carrier === 'number' ? (snapshot.placeOfMember[carrier] ?? -1) : placeOfSubject(snapshot, carrier);

function compactedFiles(
  { files }: Snapshot,
  kind: StudyFileKind,
  { assembly }: Pick<PopulationQuestions, 'assembly'>,
): readonly CompactedSource[] {
  return files.filter((file) => file.kind === kind && file.assembly === assembly).map((file) => ({ file }));
}

function newerFiles(
  { newer }: Snapshot,
  kind: StudyFileKind,
  { assembly, sourceClass }: Omit<PopulationQuestions, 'questions'>,
): readonly SourceFile[] {
  const passes = ({ study }: NewerStudy, input: number): boolean =>
    sourceClass === undefined || study.inputs[input]?.sourceClass === sourceClass;
  return newer
    .filter(({ study }) => study.assembly === assembly)
    .flatMap((one) =>
      one.files
        .filter((file) => file.kind === kind && file.rows > 0 && passes(one, file.input))
        .map((file) => ({ study: one.study, file })),
    );
}

function meets(file: CohortFile, questions: readonly RangeQuestion[]): boolean {
  return questions.some((question) => {
    const { lo, hi } = spanOf(question);
    return file.chromosome === question.chromosome && file.minStart0 < hi && file.maxEnd0 >= lo;
  });
}

/** SQL that lets DuckDB skip row groups: between the first and the last question, where all are on one chromosome. */
function bounds(questions: readonly RangeQuestion[]): string {
  const [first] = questions;
  if (first === undefined || questions.some(({ chromosome }) => chromosome !== first.chromosome)) return '';
  const spans = questions.map(spanOf);
  const [lo, hi] = [Math.min(...spans.map((span) => span.lo)), Math.max(...spans.map((span) => span.hi))];
  return ` AND v.outer_start0 < ${integer(hi)} AND v.outer_end0 >= ${integer(lo)}`;
}
