import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * DuckDB's httpfs extension, from which the layer is built. It must be of exactly the binding's version; DuckDB itself
 * checks its signature when it is loaded. Published as a Python package, which pip fetches from wherever it is set up to.
 */
const HTTPFS = {
  duckdb: '1.5.5',
  requirement: 'duckdb-extension-httpfs==1.5.5',
  sha256: '887c392b1e49128d11667c81e3698d8b00dfdeb456771acf66d05a0f74f7b7d8',
} as const;

const CACHE = join(import.meta.dirname, 'dist-httpfs');
const FILE = 'httpfs.duckdb_extension';

/** Path of the extension in the layer, as functions see it. */
export const HTTPFS_PATH = `/opt/duckdb/${FILE}`;

/**
 * A checked copy of the extension: the one that `npm run layer` fetched, or the file that `GENOMICS_HTTPFS_FILE` names.
 * Undefined when there is none, or when `GENOMICS_HTTPFS_FILE` is `none`.
 *
 * @param duckDb version of the bindings, such as `1.5.5-r.5`
 * @throws Error when the file is not the expected one, or the bindings are of another version
 */
export function httpfsFile(duckDb: string): string | undefined {
  const named = process.env['GENOMICS_HTTPFS_FILE'];
  if (named === 'none') return undefined;
  const path = named ?? join(CACHE, FILE);
  if (!existsSync(path)) {
    if (named !== undefined) throw new Error(`GENOMICS_HTTPFS_FILE names ${named}, which is not there`);
    return undefined;
  }
  if (duckDb.split('-')[0] !== HTTPFS.duckdb) {
    throw new Error(
      `httpfs of DuckDB ${HTTPFS.duckdb} does not go with DuckDB ${duckDb}; update layers/duckdb/httpfs.ts`,
    );
  }
  const found = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (found !== HTTPFS.sha256) throw new Error(`${path} has SHA-256 ${found}, not ${HTTPFS.sha256}`);
  return path;
}

/** Fetches the extension with pip, unless it is there. @throws Error when pip can't, or gives another file */
export function fetchHttpfs(): string {
  const path = join(CACHE, FILE);
  if (existsSync(path)) return path;
  const folder = mkdtempSync(join(tmpdir(), 'httpfs-'));
  try {
    // A plain unpacked install: nothing of the package is run.
    run('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-deps',
      '--no-compile',
      '--target',
      folder,
      HTTPFS.requirement,
    ]);
    const [found] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(FILE));
    if (found === undefined) throw new Error(`${HTTPFS.requirement} has no ${FILE}`);
    const sha256 = createHash('sha256')
      .update(readFileSync(join(folder, found)))
      .digest('hex');
    if (sha256 !== HTTPFS.sha256) throw new Error(`${HTTPFS.requirement} has SHA-256 ${sha256}, not ${HTTPFS.sha256}`);
    mkdirSync(CACHE, { recursive: true });
    // Moved into place whole.
    cpSync(join(folder, found), `${path}.new`);
    renameSync(`${path}.new`, path);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined || status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
  }
}
