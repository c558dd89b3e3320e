import type { DuckDBConnection } from '@duckdb/node-api';
import type { ObjectReference, ObjectStore } from '../objects.ts';
import type { Table } from '../table.ts';
import { literal } from '../write-parquet.ts';
import { readGenerationHead, readManifest, retiredGenerations } from './generation.ts';

/** Rows of a subject in the generation that questions read, and in those before it that were not swept. @throws UnavailableError */
export async function compactedRowsOf(
  { table, objects }: { readonly table: Table; readonly objects: ObjectStore },
  connection: DuckDBConnection,
  subject: string,
): Promise<number> {
  const head = await readGenerationHead(table);
  const rows = new Map<string, number>();
  for (const one of [...(head === undefined ? [] : [head]), ...(await retiredGenerations(table))]) {
    // It was swept, or is of a restored table: nothing of it is left to be read.
    if ((await objects.head(one.key)) === undefined) continue;
    const { members, files } = await readManifest(objects, one);
    const numbers = members.number.filter((_, i) => members.subject[i] === subject);
    if (numbers.length === 0) continue;
    for (const file of files) {
      // A retired generation's files may have been swept while its list was not.
      if ((await objects.head(file.key)) === undefined) continue;
      rows.set(file.key, await rowsIn(connection, objects, file, numbers));
    }
  }
  return [...rows.values()].reduce((sum, one) => sum + one, 0);
}

async function rowsIn(
  connection: DuckDBConnection,
  objects: ObjectStore,
  file: ObjectReference,
  numbers: readonly number[],
): Promise<number> {
  const copies = await objects.materialise([file]);
  try {
    const reader = await connection.runAndReadAll(
      `SELECT count(*)::DOUBLE FROM read_parquet(${literal(copies.paths[0] as string)}, hive_partitioning = false)
      WHERE member IN (${numbers.join(', ')})`,
    );
    return Number(reader.getRows()[0]?.[0]);
  } finally {
    copies.release();
  }
}
