import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildDuckDbLayer, checkLayer } from '../../layers/duckdb/build.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';

describe.skipIf(!hasLinuxBinding('the DuckDB layer'))('the DuckDB layer', () => {
  let parent: string;
  let folder: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'genomics-layer-'));
    folder = join(parent, 'dist');
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

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
});
