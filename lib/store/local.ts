import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { archiveOf } from './compose.ts';
import { openDuckDb } from './duckdb.ts';
import { LOCAL_TABLE, openLocalDynamo } from './local-dynamodb.ts';
import { localObjects } from './local-objects.ts';
import { onFirstUse } from './on-first-use.ts';
import type { OpenArchive } from './open-archive.ts';
import { dynamoTable } from './table.ts';

export interface LocalOptions {
  /** Memory DuckDB may use for queries, in bytes; a quarter of the machine's, at most 4 GB, when absent. */
  readonly memoryBytes?: number;
  readonly threads?: number;
}

/** An archive in a folder: the same code as in AWS over files and a loopback DynamoDB. */
export interface LocalArchive extends OpenArchive {
  /** Whether this process runs the folder's database at the moment; others use it. */
  owns(): boolean;
}

const GIGABYTE = 1_073_741_824;

/**
 * Opens the archive of a data folder, which is made when absent. Several processes may have it open.
 *
 * @throws UnavailableError when the folder is held by a process that does not answer.
 */
export async function openLocalArchive(dataDir: string, options: LocalOptions = {}): Promise<LocalArchive> {
  const folder = resolve(dataDir);
  const staging = join(folder, 'staging');
  const dynamo = await openLocalDynamo(folder);
  const table = dynamoTable(dynamo.connection, LOCAL_TABLE);
  const objects = localObjects(join(folder, 'objects'));
  const limits = {
    memoryBytes: options.memoryBytes ?? Math.min(totalmem() / 4, 4 * GIGABYTE),
    threads: options.threads ?? availableParallelism(),
  };
  const duckDb = onFirstUse(() =>
    openDuckDb({
      ...limits,
      temporary: join(folder, 'temporary'),
      readOnlyFrom: [join(folder, 'objects')],
    }),
  );

  const stage = async (): Promise<string> => {
    const made = join(staging, randomBytes(9).toString('base64url'));
    await mkdir(made, { recursive: true });
    return made;
  };

  const close = async (): Promise<void> => {
    await duckDb.close();
    await dynamo.close();
  };

  return {
    ...archiveOf({ table, objects, duckDb: duckDb.get, env: process.env, stage, staging, limits }),
    owns: dynamo.owns,
    close,
    [Symbol.asyncDispose]: close,
  };
}
