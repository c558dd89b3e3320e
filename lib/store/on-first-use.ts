import type { DuckDb } from './duckdb.ts';

/** DuckDB takes about 0.1 s to open, which commands that never query need not wait for. */
export function onFirstUse(open: () => Promise<DuckDb>): {
  readonly get: () => Promise<DuckDb>;
  close(): Promise<void>;
} {
  let opened: Promise<DuckDb> | undefined;
  return {
    get: () => {
      opened ??= open();
      return opened;
    },
    async close() {
      (await opened)?.close();
    },
  };
}
