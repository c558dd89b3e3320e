import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import { UnavailableError } from '../genomics/errors.ts';
import { ownFolder } from './own-folder.ts';
import { literal } from './write-parquet.ts';

export interface DuckDbOptions {
  /** Memory DuckDB may use, in bytes; the process needs more beside it. */
  readonly memoryBytes: number;
  readonly threads: number;
  /** Folder in which large sorts spill, each instance into a folder of its own; made when absent. */
  readonly temporary: string;
  /**
   * Folders this instance may read. When given, every other file, COPY and later setting is refused: the instance
   * that answers requests. Without it the instance may read and write: the one that ingests.
   */
  readonly readOnlyFrom?: readonly string[];
  /** The httpfs extension's file, with which `s3://` is read; only a signed one is accepted, and none is ever installed. */
  readonly httpfs?: string;
}

/** A value bound to `$name`; numbers are INTEGER. Lists say their type, because an empty one could not. */
export type Bound =
  | string
  | number
  | { readonly strings: readonly string[] }
  | { readonly integers: readonly number[] }
  /** Many integers, never none; SQL reads them with {@link manyIntegers}. */
  | { readonly many: readonly number[] };
export type Bindings = Readonly<Record<string, Bound>>;

/**
 * SQL of a list that is bound as `many`. It goes as text: value by value, the some hundred thousand exons of a genome take
 * longer to bind than their rows to find.
 */
export const manyIntegers = (name: string): string => `string_split($${name}, ',')::INTEGER[]`;

/** One DuckDB instance with as many connections as there are queries at a time. */
export interface DuckDb {
  /**
   * Runs a query and gives its chunks (up to 2,048 rows each) as they come.
   *
   * @throws UnavailableError whatever DuckDB says, with DuckDB's error as its cause.
   */
  chunks(sql: string, bindings: Bindings): AsyncIterable<DuckDBDataChunk>;
  /** A connection of one's own; the caller closes it. */
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/** Connections kept open between queries. More are opened when needed, so that no query ever waits for another. */
const KEPT_CONNECTIONS = 4;

/** Keys are immutable: what HEAD said once stays true. Retries: 3, from 100 ms, and then an error. */
const HTTPFS_SETTINGS = [
  'enable_http_metadata_cache = true',
  'httpfs_connection_caching = true',
  'http_retries = 3',
  'http_timeout = 30',
];

/** Opens an in-memory DuckDB that never looks for extensions. */
export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  // Two instances in one folder would write to files of the same names.
  const temporary = await mkdtemp(join(await ownFolder(options.temporary), 'duckdb-'));
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${Math.floor(options.memoryBytes / 1_048_576)}MiB`,
    threads: String(options.threads),
    temp_directory: temporary,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  await configure(instance, options);
  const idle: DuckDBConnection[] = [];

  return {
    async *chunks(sql, bindings) {
      const connection = idle.pop() ?? (await instance.connect());
      let done = false;
      try {
        const [values, types] = bind(bindings);
        const result = await connection.stream(sql, values, types);
        for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; ) {
          yield chunk;
          chunk = await result.fetchChunk();
        }
        done = true;
      } catch (cause) {
        throw new UnavailableError('the archive could not be read', undefined, { cause });
      } finally {
        // A query that failed or was left early may still be running: its connection is not used again.
        if (done && idle.length < KEPT_CONNECTIONS) idle.push(connection);
        else connection.closeSync();
      }
    },
    connect: () => instance.connect(),
    close() {
      for (const connection of idle.splice(0)) connection.closeSync();
      instance.closeSync();
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

async function configure(instance: DuckDBInstance, { readOnlyFrom, httpfs }: DuckDbOptions): Promise<void> {
  const connection = await instance.connect();
  try {
    // Secrets are in memory only: Lambda has no home folder, and a key on disk would outlive its session.
    await connection.run('SET GLOBAL allow_persistent_secrets = false');
    if (httpfs !== undefined) {
      await connection.run(`LOAD ${literal(httpfs)}`);
      for (const setting of HTTPFS_SETTINGS) await connection.run(`SET GLOBAL ${setting}`);
    }
    // Keys are immutable, so that a footer read once stays true; DuckDB still compares the file's time.
    await connection.run('SET GLOBAL parquet_metadata_cache = true');
    if (readOnlyFrom === undefined) return;
    const folders = readOnlyFrom.map(literal).join(', ');
    await connection.run(`SET GLOBAL allowed_directories = [${folders}]`);
    await connection.run('SET GLOBAL enable_external_access = false');
    await connection.run('SET GLOBAL lock_configuration = true');
  } finally {
    connection.closeSync();
  }
}

function bind(bindings: Bindings): [Record<string, DuckDBValue>, Record<string, DuckDBType>] {
  const values: Record<string, DuckDBValue> = {};
  const types: Record<string, DuckDBType> = {};
  for (const [name, bound] of Object.entries(bindings)) {
    if (typeof bound === 'string') [values[name], types[name]] = [bound, VARCHAR];
    else if (typeof bound === 'number') [values[name], types[name]] = [bound, INTEGER];
    else if ('strings' in bound) [values[name], types[name]] = [listValue(bound.strings), LIST(VARCHAR)];
    else if ('many' in bound) [values[name], types[name]] = [bound.many.join(), VARCHAR];
    else [values[name], types[name]] = [listValue(bound.integers), LIST(INTEGER)];
  }
  return [values, types];
}
