import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { buildDuckDbLayer, LAYER_FOLDER } from '../duckdb/build.ts';

/** What `docker build` of the Fargate task gets: a Dockerfile, the bundled command line and DuckDB. */
const TASK_FOLDER = join(import.meta.dirname, 'dist');

const ROOT = join(import.meta.dirname, '..', '..');

/** Local only: the in-process database, which the task never opens. */
const LOCAL_ONLY = ['dynalite', 'classic-level'];

/** Makes the folder. @throws Error when it can't be bundled, or DuckDB is not for Linux x64 */
export function buildTask(folder = TASK_FOLDER): string {
  buildDuckDbLayer();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  buildSync({
    entryPoints: { genomics: join(ROOT, 'bin', 'task.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    // What is imported on demand stays a file of its own, so that the local database is not asked for.
    splitting: true,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    keepNames: true,
    external: ['@duckdb/*', ...LOCAL_ONLY],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'error',
  });
  cpSync(join(LAYER_FOLDER, 'nodejs', 'node_modules'), join(folder, 'node_modules'), { recursive: true });
  cpSync(join(import.meta.dirname, 'Dockerfile'), join(folder, 'Dockerfile'));
  return folder;
}
