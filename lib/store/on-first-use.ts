import type { DuckDb } from './duckdb.ts';

/**
 * DuckDB takes about 0.1 s to open, which commands that never query need not wait for. When it can't be opened the next
 * one who needs it tries again.
 */
export function onFirstUse(open: () => Promise<DuckDb>): {
  readonly get: () => Promise<DuckDb>;
  close(): Promise<void>;
} {
  let opened: Promise<DuckDb> | undefined;
  return {
    get: () => {
      opened ??= open().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    async close() {
      (await opened)?.close();
    },
  };
}
