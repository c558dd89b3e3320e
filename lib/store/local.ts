import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { openDuckDb } from './duckdb.ts';
import { LOCAL_TABLE, openLocalDynamo } from './local-dynamodb.ts';
import { localObjects } from './local-objects.ts';
import { sweep, verifyArchive } from './maintenance.ts';
import { onFirstUse } from './on-first-use.ts';
import type { OpenArchive } from './open-archive.ts';
import { referenceArchive } from './reference-archive.ts';
import { referenceStore } from './reference-store.ts';
import { studyArchive } from './study-archive.ts';
import { dynamoStudyStore } from './study-store.ts';
import { dynamoTable } from './table.ts';
import { parquetVariantStore } from './variant-store.ts';

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
  const metadata = studyArchive(table, objects);
  const studies = dynamoStudyStore(table);
  const duckDb = onFirstUse(() =>
    openDuckDb({
      memoryBytes: options.memoryBytes ?? Math.min(totalmem() / 4, 4 * GIGABYTE),
      threads: options.threads ?? availableParallelism(),
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
    ports: {
      studies,
      variants: parquetVariantStore({ duckDb: duckDb.get, objects, filesOf: studies.files }),
      reference: referenceStore({ table, objects, duckDb: duckDb.get }),
    },
    archive: {
      study: metadata.study,
      nextVersion: metadata.nextVersion,
      commit: metadata.commit,
      publish: objects.publish,
      materialise: objects.materialise,
      stage,
    },
    admin: {
      study: metadata.study,
      list: metadata.list,
      remove: metadata.remove,
      register: metadata.register,
      verify: () => verifyArchive({ table, objects, duckDb: duckDb.get }),
      sweep: (limits) => sweep({ table, objects, staging }, limits),
    },
    reference: referenceArchive({ table, objects, stage }),
    owns: dynamo.owns,
    close,
    [Symbol.asyncDispose]: close,
  };
}
