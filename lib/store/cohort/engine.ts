import type { DuckDBDataChunk } from '@duckdb/node-api';
import { type Dialect, DUCKDB } from '../dialect.ts';
import type { Query } from '../range-query.ts';
import type { QueryRunner } from '../run-query.ts';
import type { ReadFile } from '../study-files.ts';

/** Some rows of an answer. */
export type Rows = Pick<DuckDBDataChunk, 'rowCount' | 'getColumns'>;

/** What answers a query over many subjects. */
export interface CohortEngine {
  readonly dialect: Dialect;
  /** Questions that one query may hold. */
  readonly mostQuestions: number;
  /** Rows as they come. @throws UnavailableError */
  rows(query: Query<ReadFile>): AsyncGenerator<Rows>;
}

/** Engines, and which is to answer. */
export interface CohortEngines {
  /** Of this process: for studies that are newer than the compacted copy, and for small questions. */
  readonly near: CohortEngine;
  /** @param sources compacted files that a question has to look at */
  engineFor(sources: readonly ReadFile[]): CohortEngine;
}

/** An engine for what is too large for this process. */
export interface FarEngine {
  readonly engine: CohortEngine;
  /** Whether it can read all of them. */
  readonly reads: (sources: readonly ReadFile[]) => boolean;
  /** Bytes of compacted files above which it is asked. */
  readonly above: number;
}

export function cohortEngines(runner: QueryRunner, far?: FarEngine): CohortEngines {
  const near: CohortEngine = {
    dialect: DUCKDB,
    mostQuestions: Number.POSITIVE_INFINITY,
    rows: (query) => runner(query, ''),
  };
  return {
    near,
    engineFor(sources) {
      if (far === undefined) return near;
      const bytes = sources.reduce((sum, { file }) => sum + file.bytes, 0);
      return bytes > far.above && far.reads(sources) ? far.engine : near;
    },
  };
}

/** Questions in as many parts as an engine needs. */
export function* partsOf<T>(questions: readonly T[], { mostQuestions }: CohortEngine): Generator<readonly T[]> {
  for (let at = 0; at < questions.length; at += mostQuestions) yield questions.slice(at, at + mostQuestions);
}
