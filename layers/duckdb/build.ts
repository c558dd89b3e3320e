import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fetchHttpfs, HTTPFS_PATH, httpfsFile } from './httpfs.ts';

/**
 * The DuckDB layer, as Lambda puts it under `/opt`: `nodejs/node_modules/...`, and the httpfs extension where it was
 * fetched (`npm run layer`). For x86_64. npm skips optional packages of other machines without a word, so the result is
 * looked at.
 */
export const LAYER_FOLDER = join(import.meta.dirname, 'dist');

const ROOT = join(import.meta.dirname, '..', '..');
const BINDINGS = '@duckdb/node-bindings-linux-x64';
const PACKAGES = ['@duckdb/node-api', '@duckdb/node-bindings', BINDINGS, 'detect-libc'];
const STAMP = 'built-from.json';

/** A function may have 250 MB with its layers; beyond this something that does not belong here came along. */
const MAX_BYTES = 130_000_000;
/** `e_machine` of x86-64 in an ELF header. */
const ELF_X86_64 = 62;

/**
 * Makes the layer's folder from `node_modules`, unless it is there from the same package versions.
 *
 * @returns its size in bytes
 * @throws Error when a package, the library or its machine is not the expected one, or the size is
 */
export function buildDuckDbLayer(folder = LAYER_FOLDER): number {
  const httpfs = httpfsFile(versionOf(BINDINGS));
  const stamp = JSON.stringify([...PACKAGES.map((name) => [name, versionOf(name)]), httpfs !== undefined]);
  const stamped = () => existsSync(join(folder, STAMP)) && readFileSync(join(folder, STAMP), 'utf8') === stamp;
  if (!stamped()) {
    // Made beside its place and moved there whole: another process may be making it too.
    const making = mkdtempSync(`${folder}-`);
    try {
      for (const name of PACKAGES) copyPackage(name, making);
      if (httpfs !== undefined) {
        mkdirSync(join(making, 'duckdb'));
        cpSync(httpfs, inLayer(making, HTTPFS_PATH));
      }
      checkLayer(making);
      writeFileSync(join(making, STAMP), stamp);
      if (!stamped()) {
        rmSync(folder, { recursive: true, force: true });
        renameSync(making, folder);
      }
    } catch (error) {
      if (!stamped()) throw error;
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  return checkLayer(folder);
}

/** @throws Error when the folder is not a layer that can work. @returns its size in bytes */
export function checkLayer(folder: string): number {
  const bindings = join(folder, 'nodejs', 'node_modules', BINDINGS);
  for (const file of ['libduckdb.so', 'duckdb.node']) checkElf(join(bindings, file));
  if (hasHttpfs(folder)) checkElf(inLayer(folder, HTTPFS_PATH));
  const bytes = sizeOf(folder);
  if (bytes > MAX_BYTES) throw new Error(`The DuckDB layer has ${megabytes(bytes)}, more than ${megabytes(MAX_BYTES)}`);
  return bytes;
}

/** Whether functions can read objects in place; without it they copy every object whole. */
export const hasHttpfs = (folder = LAYER_FOLDER): boolean => existsSync(inLayer(folder, HTTPFS_PATH));

/** Where a path that functions see under `/opt` is in the layer's folder. */
const inLayer = (folder: string, path: string): string => join(folder, path.replace(/^\/opt\//, ''));

function copyPackage(name: string, folder: string): void {
  const target = join(folder, 'nodejs', 'node_modules', name);
  mkdirSync(target, { recursive: true });
  cpSync(packageFolder(name), target, {
    recursive: true,
    dereference: true,
    filter: (path) => !/\.(d\.ts|d\.mts|map|md)$/.test(path),
  });
}

function packageFolder(name: string): string {
  const folder = join(ROOT, 'node_modules', name);
  if (!existsSync(folder)) {
    throw new Error(
      `The package ${name} is not installed. On another system than Linux x64: ` +
        `npm install --no-save --os=linux --cpu=x64 --libc=glibc ${BINDINGS}@${bindingVersion()}`,
    );
  }
  return folder;
}

function bindingVersion(): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  return manifest.dependencies['@duckdb/node-api'] ?? 'latest';
}

function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(join(packageFolder(name), 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

function checkElf(path: string): void {
  if (!existsSync(path)) throw new Error(`The DuckDB layer has no ${path}`);
  const header = Buffer.alloc(20);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  const isElf = header.toString('latin1', 1, 4) === 'ELF';
  if (!isElf || header.readUInt16LE(18) !== ELF_X86_64) throw new Error(`${path} is not a library for x86-64 Linux`);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

if (import.meta.main) {
  process.stdout.write(`${fetchHttpfs()}: checksum as expected\n`);
  process.stdout.write(`${LAYER_FOLDER}: ${megabytes(buildDuckDbLayer())}, at most ${megabytes(MAX_BYTES)}\n`);
}
