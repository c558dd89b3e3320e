import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { SourceClass } from '../../genomics/allele.ts';
import type { Interbase } from '../../genomics/coordinates.ts';
import type { CarriedAllele, PopulationQuestions } from '../../operations/population-ports.ts';
import { annotatedQuery } from '../annotated-query.ts';
import type { Bindings } from '../duckdb.ts';
import { type Query, rangeQuery, type Scan, type Selection, scansOf } from '../range-query.ts';
import { type ReadFile, type SourceFile, touching } from '../study-files.ts';
import { windowsOf } from '../window.ts';
import { type CompactedSource, compactedFiles, groupedBy, newerFiles, PASSED } from './cohort-query.ts';
import type { Snapshot } from './snapshot.ts';

export const classBinding = (sourceClass: SourceClass | undefined): Bindings =>
  sourceClass === undefined ? {} : { class: sourceClass };
export const classCondition = (sourceClass: SourceClass | undefined): string =>
  sourceClass === undefined ? 'true' : 'v.source_class = $class';

const NAMES = 'question, reported_start0, "ref", alt, norm_start0, norm_end0';

/**
 * Queries of the alleles that touch the questions: of the compacted copy and of the newer studies. Both give
 * {@link NAMES}, `stated` where it is asked, and the list of carriers.
 */
export function alleleQueries(snapshot: Snapshot, asked: PopulationQuestions): readonly Query<ReadFile>[] {
  const { questions, sourceClass, assembly } = asked;
  const compacted = rangeQuery(
    scansOf(compactedFiles(snapshot, 'variants', assembly), questions),
    classBinding(sourceClass),
    selection(`v.member AS carrier${asked.stated === undefined ? '' : ', v.stated'}`, classCondition(sourceClass)),
  );
  return [carriersOf(compacted, asked), carriersOf(newerQuery(snapshot, asked), asked)];
}

const selection = (own: string, where: string): Selection => ({
  columns: (justified) => `v.reported_start0, v."ref", v.alt, ${slide(justified)}, ${own}`,
  where,
});

// Older files have no justified intervals.
function slide(justified: boolean): string {
  if (justified) return 'v.norm_start0, v.norm_end0';
  return 'CAST(NULL AS INTEGER) AS norm_start0, CAST(NULL AS INTEGER) AS norm_end0';
}

function newerQuery(snapshot: Snapshot, asked: PopulationQuestions): Query<ReadFile> {
  const scans: readonly Scan[] = scansOf(newerFiles(snapshot, 'variants', asked), asked.questions);
  if (asked.stated === undefined) return rangeQuery(scans, {}, selection('v.subject AS carrier', PASSED));
  const rows = rangeQuery(
    scans,
    {},
    selection(`v.subject AS carrier, v."input", v.file_index || '/' || v.file_row_number AS row`, PASSED),
  );
  if (scans.length === 0) return rows;
  const { sql, ...rest } = annotatedQuery(rows, scans, newerFiles(snapshot, 'consequences', asked), undefined);
  const names = NAMES.replace('question', 'question, source, row, carrier');
  return {
    ...rest,
    sql: `SELECT ${names}, CASE WHEN bool_or(tool IS NOT NULL) THEN coalesce(string_agg(DISTINCT consequences, '&' ORDER BY consequences), '') END AS stated
      FROM (\n${sql}\n) AS told GROUP BY ${names}`,
  };
}

function carriersOf<F extends ReadFile>(query: Query<F>, { stated }: PopulationQuestions): Query<F> {
  if (stated === undefined) return groupedBy(NAMES, query);
  const { sql, bindings, files } = query;
  const where = { told: '', nothing: 'WHERE stated IS NULL' };
  const condition =
    typeof stated === 'string' ? where[stated] : `WHERE list_has_any(string_split(stated, '&'), $codes)`;
  return groupedBy(`${NAMES}, stated`, {
    files,
    bindings: typeof stated === 'string' ? bindings : { ...bindings, codes: { strings: stated } },
    sql: `SELECT * FROM (\n${sql}\n) AS found ${condition}`,
  });
}

/** Reads a chunk of the queries. */
export function readAlleles(
  chunk: DuckDBDataChunk,
  { stated }: PopulationQuestions,
  subjectsOf: (list: unknown) => readonly number[],
): CarriedAllele[] {
  const columns = chunk.getColumns();
  return Array.from({ length: chunk.rowCount }, (_, i) => {
    const at = (column: number): unknown => columns[column]?.[i];
    const [start0, codes] = [at(4) as Interbase | null, stated === undefined ? null : (at(6) as string | null)];
    return {
      index: at(0) as number,
      reportedStart0: at(1) as Interbase,
      ref: at(2) as string,
      alt: at(3) as string,
      subjects: subjectsOf(columns.at(-1)?.[i]),
      ...(start0 === null ? {} : { normalised: { start0, end0: at(5) as Interbase } }),
      ...(codes === null ? {} : { stated: codes.split('&').filter((code) => code !== '') }),
    };
  });
}

/** Rows of the files that the queries read. */
export function rowsNear(snapshot: Snapshot, asked: PopulationQuestions): number {
  const windows = windowsOf(asked.questions);
  return [compactedFiles(snapshot, 'variants', asked.assembly), newerFiles(snapshot, 'variants', asked)]
    .flatMap((files: readonly (CompactedSource | SourceFile)[]) => {
      const near = windows.flatMap(({ chromosome, lo, hi }) => touching(files, chromosome, lo, hi));
      return [...new Set(near.map(({ file }) => file))];
    })
    .reduce((sum, { rows }) => sum + rows, 0);
}
