import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TABLES } from '../../../lib/store/athena/tables.ts';

/** What an engine answers: names and types of the columns, and rows. */
export interface Executed {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}
export type Execute = (sql: string, parameters: readonly string[]) => Promise<Executed>;

/** Folder of Trino's jars, as `.ci/trino` fetches them; says when it is not there. */
export function trinoLibrary(): string | undefined {
  const folder = join(import.meta.dirname, '../../../node_modules/.trino');
  if (existsSync(join(folder, 'trino-hive-406.jar'))) return folder;
  console.log('Trino is not here (.ci/trino fetches it): Athena SQL is not run by the engine that Athena is made of');
  return undefined;
}

/** Trino with the tables that Athena has, over a folder of objects. */
export async function startTrino(library: string, metastore: string, objects: string) {
  for (const table of TABLES) {
    const folder = join(metastore, 'genomics', table.name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '.trinoSchema'), JSON.stringify(metadataOf(table, objects)));
    await mkdir(join(objects, table.folder), { recursive: true });
  }
  const source = join(import.meta.dirname, 'Trino.java');
  const child = spawn('java', ['-Xmx1500m', '-cp', join(library, '*'), source, `file:${metastore}`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let turn: Promise<unknown> = Promise.resolve();
  const execute: Execute = (sql, parameters) => {
    const answered = turn.then(async () => {
      child.stdin.write(`${JSON.stringify({ sql, parameters })}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('Trino ended');
      const answer = JSON.parse(value) as Executed & { readonly error?: string };
      if (answer.error !== undefined) throw new Error(`${answer.error}\n${sql}`);
      return answer;
    });
    turn = answered.catch(() => {});
    return answered;
  };
  return {
    execute,
    async close() {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.stdin.end();
      await closed;
    },
  };
}

/** A table as Trino's metastore of files keeps it; parameters, columns and partitions are those of Glue. */
function metadataOf({ columns, partitionKeys, parameters, folder }: (typeof TABLES)[number], objects: string): object {
  return {
    // What an engine that is run from its jars calls its own version.
    writerVersion: '<unknown>',
    owner: 'user',
    tableType: 'EXTERNAL_TABLE',
    dataColumns: columns,
    partitionColumns: partitionKeys,
    parameters,
    storageFormat: 'PARQUET',
    serdeParameters: {},
    externalLocation: `file:${objects}/${folder}`,
    columnStatistics: {},
  };
}
