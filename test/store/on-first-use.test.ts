import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import { onFirstUse } from '../../lib/store/on-first-use.ts';

it('a DuckDB that could not be opened is opened by the next who asks', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'genomics-test-'));
  const temporary = join(folder, 'temporary');
  await writeFile(temporary, 'no folder');
  const duckDb = onFirstUse(() => openDuckDb({ memoryBytes: 64 * 1_048_576, threads: 1, temporary }));
  await expect(duckDb.get()).rejects.toThrow(/EEXIST|ENOTDIR/);
  await rm(temporary);
  const [one, other] = await Promise.all([duckDb.get(), duckDb.get()]);
  expect(one).toBe(other);
  const connection = await one.connect();
  expect((await connection.runAndReadAll('SELECT 42 AS answer')).getRowObjects()).toEqual([{ answer: 42 }]);
  connection.closeSync();
  await duckDb.close();
  await rm(folder, { recursive: true });
});
