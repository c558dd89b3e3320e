import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { DuckDb } from './duckdb.ts';
import type { ObjectStore } from './objects.ts';
import type { Query } from './range-query.ts';
import type { ReadFile } from './study-files.ts';

/** Runs a query over the files it names and gives its chunks as they come; nothing when it names none. */
export type QueryRunner = (query: Query<ReadFile>, order: string) => AsyncGenerator<DuckDBDataChunk>;

/** @returns a function that throws UnavailableError when a file is missing, of another size or unreadable */
export function queryRunner({
  duckDb,
  objects,
}: {
  readonly duckDb: () => Promise<DuckDb>;
  readonly objects: ObjectStore;
}): QueryRunner {
  return async function* ({ sql, bindings, files }, order) {
    const sources = [...files.values()].flat();
    if (sources.length === 0) return;
    const copies = await objects.materialise(sources.map(({ file }) => file));
    try {
      const left = [...copies.paths];
      const paths = [...files].map(([name, list]) => [name, { strings: left.splice(0, list.length) }] as const);
      const db = await duckDb();
      yield* db.chunks(`SELECT * FROM (\n${sql}\n) ${order}`, { ...bindings, ...Object.fromEntries(paths) });
    } finally {
      copies.release();
    }
  };
}
