import type { DuckDBDataChunk } from '@duckdb/node-api';
import { type Dialect, DUCKDB } from '../dialect.ts';
import type { Query, Scan } from '../range-query.ts';
import type { QueryRunner } from '../run-query.ts';
import type { ReadFile } from '../study-files.ts';
import { COHORT_PARQUET } from './schema.ts';

/** Some rows of an answer. */
export type Rows = Pick<DuckDBDataChunk, 'rowCount' | 'getColumns'>;

/** What answers a query over many subjects. */
export interface CohortEngine {
  readonly dialect: Dialect;
  /** Whether it takes a query: its text may be too long. */
  takes(query: Query<ReadFile>): boolean;
  /** Rows as they come. @throws UnavailableError */
  rows(query: Query<ReadFile>): AsyncGenerator<Rows>;
}

/** An engine for what is too large for this process. */
export interface FarEngine {
  readonly engine: CohortEngine;
  /** Whether it can read all of them. */
  readonly reads: (sources: readonly ReadFile[]) => boolean;
  /** Bytes of compacted files above which it is asked. */
  readonly above: number;
}

/** Engines, and which is to answer. */
export interface CohortEngines {
  /** Of this process: for studies that are newer than the compacted copy, and for small questions. */
  readonly near: CohortEngine;
  readonly far: FarEngine | undefined;
}

export const cohortEngines = (runner: QueryRunner, far: FarEngine | undefined): CohortEngines => ({
  near: { dialect: DUCKDB, takes: () => true, rows: (query) => runner(query, '') },
  far,
});

/** A part of compacted files that a query has to read. */
export interface Load {
  readonly files: readonly ReadFile[];
  readonly bytes: number;
}

/** What is asked of everyone: of the compacted copy by one engine, of newer studies in this process. */
export interface CohortQuestion<T> {
  /** What of the compacted copy has to be read; computed where there is a choice. */
  readonly load: () => Load;
  readonly questions: readonly T[];
  /** The query of some of the questions over the compacted copy. */
  readonly compacted: (questions: readonly T[], dialect: Dialect) => Query<ReadFile>;
  readonly newer: Query<ReadFile>;
}

/** Rows of everyone, with the query that they answer. @throws UnavailableError */
export async function* answersOf<T>(
  { near, far }: CohortEngines,
  { load, questions, compacted, newer }: CohortQuestion<T>,
): AsyncGenerator<{ readonly rows: Rows; readonly query: Query<ReadFile> }> {
  const engine = far !== undefined && isFor(far, load()) ? far.engine : near;
  const left = [questions];
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part.length === 0) continue;
    const asked = compacted(part, engine.dialect);
    const half = Math.ceil(part.length / 2);
    if (!engine.takes(asked) && half < part.length) {
      left.push(part.slice(half), part.slice(0, half));
      continue;
    }
    // Of a single question that is too long the partitions are: so many that this process may take its time.
    const [one, query] = engine.takes(asked) ? [engine, asked] : [near, compacted(part, near.dialect)];
    for await (const rows of one.rows(query)) yield { rows, query };
  }
  for await (const rows of near.rows(newer)) yield { rows, query: newer };
}

const isFor = ({ above, reads }: FarEngine, { bytes, files }: Load): boolean => bytes > above && reads(files);

/** Whole files. */
export const wholeFiles = (files: readonly ReadFile[]): Load => ({
  files,
  bytes: files.reduce((sum, { file }) => sum + file.bytes, 0),
});

/** What scans read of files that are sorted by position: the row groups of their windows, at least one of each file. */
export function scanned(scans: readonly Scan<ReadFile>[]): Load {
  const bytes = scans.flatMap(({ sources, lo, hi }) =>
    sources.map(({ file }) => {
      const length = Math.max(1, file.maxEnd0 - file.minStart0);
      const read = Math.min(hi, file.maxEnd0) - Math.max(lo - file.maxReach, file.minStart0);
      return file.bytes * Math.min(1, Math.max(read / length, COHORT_PARQUET.rowGroupSize / Math.max(1, file.rows)));
    }),
  );
  return { files: scans.flatMap(({ sources }) => sources), bytes: bytes.reduce((sum, one) => sum + one, 0) };
}
