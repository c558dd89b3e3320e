import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { Bindings, DuckDb } from './duckdb.ts';
import type { KnowledgeFile, KnowledgeFileKind, KnowledgeRelease } from './knowledge-catalogue.ts';
import type { ObjectStore } from './objects.ts';

/** A release that answers, with its files. */
export interface LoadedRelease extends KnowledgeRelease {
  readonly files: readonly KnowledgeFile[];
}

/** How files are read. */
export interface KnowledgeReader {
  readonly objects: ObjectStore;
  readonly duckDb: () => Promise<DuckDb>;
}

export const filesOfKind = ({ files }: LoadedRelease, kind: KnowledgeFileKind): readonly KnowledgeFile[] =>
  files.filter((file) => file.kind === kind);

/**
 * Runs a query that reads lists of files by the names they are bound to. Nothing is read when there is no file at all.
 *
 * @throws UnavailableError when a file is missing, of another size or unreadable
 */
export async function* knowledgeChunks(
  { objects, duckDb }: KnowledgeReader,
  files: Readonly<Record<string, readonly KnowledgeFile[]>>,
  sql: string,
  bindings: Bindings,
): AsyncGenerator<DuckDBDataChunk> {
  const all = Object.values(files).flat();
  if (all.length === 0) return;
  const copies = await objects.materialise(all);
  try {
    const left = [...copies.paths];
    const paths = Object.entries(files).map(
      ([name, list]) => [name, { strings: left.splice(0, list.length) }] as const,
    );
    yield* (await duckDb()).chunks(sql, { ...bindings, ...Object.fromEntries(paths) });
  } finally {
    copies.release();
  }
}

/** Rows of a query as plain values. */
export async function knowledgeRows(
  reader: KnowledgeReader,
  files: Readonly<Record<string, readonly KnowledgeFile[]>>,
  sql: string,
  bindings: Bindings,
): Promise<readonly (readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  for await (const chunk of knowledgeChunks(reader, files, sql, bindings)) {
    const columns = Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnValues(i));
    for (let row = 0; row < chunk.rowCount; row++) rows.push(columns.map((column) => column[row]));
  }
  return rows;
}
