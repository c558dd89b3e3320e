import type { DuckDBConnection } from '@duckdb/node-api';
import type { ObjectStore } from '../objects.ts';
import type { Table } from '../table.ts';
import { literal } from '../write-parquet.ts';
import { readGenerationHead, readManifest } from './generation.ts';

/** Rows of a subject in the generation that questions read. @throws UnavailableError */
export async function compactedRowsOf(
  { table, objects }: { readonly table: Table; readonly objects: ObjectStore },
  connection: DuckDBConnection,
  subject: string,
): Promise<number> {
  const head = await readGenerationHead(table);
  // A restored table may name a generation that was swept since: nothing of it is left to be read.
  if (head === undefined || (await objects.head(head.key)) === undefined) return 0;
  const { members, files } = await readManifest(objects, head);
  const numbers = members.number.filter((_, i) => members.subject[i] === subject);
  if (numbers.length === 0) return 0;
  let rows = 0;
  for (const file of files) {
    const copies = await objects.materialise([file]);
    try {
      const reader = await connection.runAndReadAll(
        `SELECT count(*)::DOUBLE FROM read_parquet(${literal(copies.paths[0] as string)}, hive_partitioning = false)
        WHERE member IN (${numbers.join(', ')})`,
      );
      rows += Number(reader.getRows()[0]?.[0]);
    } finally {
      copies.release();
    }
  }
  return rows;
}
