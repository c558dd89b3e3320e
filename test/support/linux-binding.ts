import { existsSync } from 'node:fs';
import { join } from 'node:path';

const BINDING = 'node_modules/@duckdb/node-bindings-linux-x64';

/**
 * Whether the DuckDB layer can be made here; npm brings its library to Linux on x64 only. Says so when it can't, and
 * refuses to be skipped in CI.
 */
export function hasLinuxBinding(what: string): boolean {
  if (existsSync(join(import.meta.dirname, '..', '..', BINDING))) return true;
  if (process.env['CI'] === 'true') throw new Error(`${BINDING} is not installed, and CI needs it`);
  console.log(`skipped: ${what} needs ${BINDING}, which npm installs on Linux x64 only`);
  return false;
}
