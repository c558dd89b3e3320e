import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobStoreParts } from '../../lib/store/job-store.ts';
import { LOCAL_TABLE, openLocalDynamo } from '../../lib/store/local-dynamodb.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { dynamoTable } from '../../lib/store/table.ts';

/** What jobs are kept in: a real table and objects in a temporary folder. */
export interface JobWorld extends Omit<JobStoreParts, 'now'> {
  /** Of the objects. */
  readonly folder: string;
  keys(prefix: string): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export async function jobWorld(): Promise<JobWorld> {
  const root = await mkdtemp(join(tmpdir(), 'genomics-jobs-'));
  const dynamo = await openLocalDynamo(root);
  const folder = join(root, 'objects');
  const objects = localObjects(folder);
  await mkdir(join(root, 'staging'));
  return {
    table: dynamoTable(dynamo.connection, LOCAL_TABLE),
    objects,
    stage: () => mkdtemp(join(root, 'staging', 'job-')),
    folder,
    async keys(prefix) {
      const found: string[] = [];
      for await (const { key } of objects.list(prefix)) found.push(key);
      return found;
    },
    async remove() {
      await dynamo.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
