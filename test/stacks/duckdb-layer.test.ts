import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildDuckDbLayer, checkLayer, hasHttpfs } from '../../layers/duckdb/build.ts';
import { HTTPFS_PATH, httpfsFile } from '../../layers/duckdb/httpfs.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';

const isFetched = hasLinuxBinding('httpfs') && httpfsFile('1.5.5') !== undefined;
if (!isFetched) console.log("skipped: httpfs in the layer; 'npm run layer' fetches it");

describe.skipIf(!hasLinuxBinding('the DuckDB layer'))('the DuckDB layer', () => {
  let parent: string;
  let folder: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'genomics-layer-'));
    folder = join(parent, 'dist');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(parent, { recursive: true, force: true });
  });

  const library = () => join(folder, 'nodejs/node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so');

  it('has its size told, and is not made twice', () => {
    const bytes = buildDuckDbLayer(folder);
    expect(bytes).toBeGreaterThan(60_000_000);
    expect(bytes).toBeLessThan(120_000_000);
    // A second build would mend this; the check sees it instead.
    truncateSync(library(), 0);
    expect(() => buildDuckDbLayer(folder)).toThrow(/not a library for x86-64/);
  });

  it('is refused without its library, or with one for another machine', () => {
    buildDuckDbLayer(folder);
    const aarch64 = 183;
    const file = openSync(library(), 'r+');
    writeSync(file, new Uint8Array([aarch64, 0]), 0, 2, 18);
    closeSync(file);
    expect(() => checkLayer(folder)).toThrow(/not a library for x86-64/);
    rmSync(library());
    expect(() => checkLayer(folder)).toThrow(/has no .*libduckdb\.so/);
  });

  it('refuses an httpfs that is not the expected one, and says when the one named is not there', () => {
    const wrong = join(parent, 'httpfs.duckdb_extension');
    writeFileSync(wrong, 'something else');
    vi.stubEnv('GENOMICS_HTTPFS_FILE', wrong);
    expect(() => buildDuckDbLayer(folder)).toThrow(/has SHA-256 [0-9a-f]{64}, not 887c392b/);
    vi.stubEnv('GENOMICS_HTTPFS_FILE', join(parent, 'nowhere'));
    expect(() => buildDuckDbLayer(folder)).toThrow(/which is not there/);
  });

  it('is made without httpfs where there is none, and says so', () => {
    vi.stubEnv('GENOMICS_HTTPFS_FILE', 'none');
    buildDuckDbLayer(folder);
    expect(hasHttpfs(folder)).toBe(false);
  });

  it.skipIf(!isFetched)('brings an httpfs that DuckDB accepts as signed, without installing anything', async () => {
    buildDuckDbLayer(folder);
    expect(hasHttpfs(folder)).toBe(true);
    const httpfs = join(folder, HTTPFS_PATH.replace('/opt/', ''));
    const duckDb = await openDuckDb({
      memoryBytes: 100_000_000,
      threads: 1,
      temporary: join(parent, 'temporary'),
      readOnlyFrom: [],
      httpfs,
    });
    try {
      // A setting that only httpfs has.
      const sql = "SELECT name FROM duckdb_settings() WHERE name IN ('s3_region', $name)";
      const names: unknown[] = [];
      for await (const chunk of duckDb.chunks(sql, { name: 'none' })) names.push(...chunk.getColumnValues(0));
      expect(names).toEqual(['s3_region']);
    } finally {
      duckDb.close();
    }
  });
});
