import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { portsOf } from '../../lib/store/compose.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import { LOCAL_TABLE, openLocalDynamo } from '../../lib/store/local-dynamodb.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { dynamoTable } from '../../lib/store/table.ts';
import { type Faults, faultyConnection, faultyObjects } from './faulty-storage.ts';

export interface FaultyServer extends AsyncDisposable {
  readonly url: RunningServer['url'];
}

/** Serves the archive of a data folder, with nothing read yet, over a table and objects that fail as `chance` says. */
export async function startFaultyServer(data: string, chance: Faults): Promise<FaultyServer> {
  const scratch = join(data, 'damaged');
  await mkdir(scratch, { recursive: true });
  const dynamo = await openLocalDynamo(data);
  const folder = join(data, 'objects');
  const duckDb = await openDuckDb({
    memoryBytes: 512 * 1_048_576,
    threads: 1,
    temporary: join(data, 'temporary'),
    readOnlyFrom: [folder, scratch],
  });
  const ports = portsOf({
    table: dynamoTable(faultyConnection(dynamo.connection, chance), LOCAL_TABLE),
    objects: faultyObjects(localObjects(folder), chance, scratch),
    duckDb: async () => duckDb,
    env: {},
  });
  const server = await startServer({ port: 0, ports, onFault: () => {} });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.close();
      duckDb.close();
      await dynamo.close();
    },
  };
}
