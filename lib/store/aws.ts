import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { InvalidInputError } from '../genomics/errors.ts';
import type { Ports } from '../operations/ports.ts';
import type { Pipeline } from '../pipeline/ports.ts';
import { archiveOf, portsOf } from './compose.ts';
import { type DuckDb, openDuckDb } from './duckdb.ts';
import { s3Incoming, tableMarks } from './incoming.ts';
import { localObjects } from './local-objects.ts';
import type { ObjectStore } from './objects.ts';
import { onFirstUse } from './on-first-use.ts';
import type { OpenArchive } from './open-archive.ts';
import { ownFolder } from './own-folder.ts';
import { replayGate } from './replayed.ts';
import { withS3Access } from './s3-access.ts';
import { s3Objects } from './s3-objects.ts';
import { dynamoTable, type Table } from './table.ts';
import { unreplayed } from './tombstones.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const MEGABYTE = 1_048_576;
/** Node, the SDK and what DuckDB allocates outside its own limit. */
const DUCKDB_SHARE = 0.6;
/** Share of a machine that is no Lambda: other programs run on it. */
const MACHINE_SHARE = 0.5;
/** Lambda gives one vCPU per 1,769 MB. */
const MB_PER_CPU = 1_769;
/** Objects above this size are read in place where httpfs is: copying one would take longer than a few ranges. */
const RANGED_ABOVE = 16 * MEGABYTE;

/**
 * What a Lambda function answers from: `GENOMICS_TABLE` and either `GENOMICS_BUCKET` or, on one machine,
 * `GENOMICS_DATA` (a data folder, whose objects are used). The SDK reads regions, credentials and `AWS_ENDPOINT_URL*`.
 *
 * @throws InvalidInputError naming the variable at fault.
 */
export async function awsPorts(env: Environment = process.env): Promise<Ports> {
  const parts = partsOf(env);
  const onceReplayed = replayGate(() => unreplayed(parts.table, parts.objects));
  // Opened while the function starts: a cold start has more CPU than the first request.
  const duckDb = await parts.openDuckDb();
  return onceReplayed(portsOf({ ...parts, duckDb: async () => duckDb, env }));
}

/** The archive of a bucket and a table, for ingest and the command line. @throws InvalidInputError as `awsPorts`. */
export async function openAwsArchive(env: Environment = process.env): Promise<OpenArchive> {
  const { table: _table, ...archive } = awsArchive(env);
  return archive;
}

function awsArchive(env: Environment): OpenArchive & { readonly table: Table } {
  const parts = partsOf(env);
  const { table, objects, temporary, limits } = parts;
  const duckDb = onFirstUse(parts.openDuckDb);
  const stage = async (): Promise<string> => {
    const made = join(await ownFolder(join(temporary, 'staging')), randomBytes(9).toString('base64url'));
    await mkdir(made, { recursive: true });
    return made;
  };
  return {
    table,
    ...archiveOf({ table, objects, duckDb: duckDb.get, env, stage, limits }),
    close: duckDb.close,
    [Symbol.asyncDispose]: duckDb.close,
  };
}

/** What the functions and the task of the ingest pipeline work with. @throws InvalidInputError as `awsPorts`. */
export function awsPipeline(env: Environment = process.env): Pipeline {
  const bucket = required(env, 'GENOMICS_BUCKET');
  const { table, archive, ports } = awsArchive(env);
  return {
    incoming: s3Incoming(s3Client(env), bucket),
    marks: tableMarks(table),
    archive,
    sequences: async () => (await ports.reference()).sequences,
  };
}

function partsOf(env: Environment) {
  const name = required(env, 'GENOMICS_TABLE');
  const temporary = join(tmpdir(), 'genomics');
  const { objects, readable, access } = objectsOf(env, temporary);
  const limits = duckDbLimits(env);
  const httpfs = env['GENOMICS_HTTPFS'];
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    table: dynamoTable((work) => work(client), name),
    objects,
    temporary,
    limits,
    openDuckDb: () =>
      access(() =>
        openDuckDb({
          ...limits,
          temporary: join(temporary, 'duckdb'),
          readOnlyFrom: readable,
          ...(httpfs ? { httpfs } : {}),
        }),
      ),
  };
}

/** DuckDB's share of a function's or machine's memory, and its threads. @throws InvalidInputError */
export function duckDbLimits(env: Environment): { readonly memoryBytes: number; readonly threads: number } {
  const text = env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'];
  if (text === undefined) {
    return { memoryBytes: Math.floor(totalmem() * MACHINE_SHARE), threads: availableParallelism() };
  }
  const megabytes = Number(text);
  if (!Number.isInteger(megabytes) || megabytes < 128) {
    throw new InvalidInputError(`AWS_LAMBDA_FUNCTION_MEMORY_SIZE is '${text}', which is no number of megabytes`);
  }
  return {
    memoryBytes: Math.floor(megabytes * DUCKDB_SHARE) * MEGABYTE,
    threads: Math.max(1, Math.floor(megabytes / MB_PER_CPU)),
  };
}

interface Objects {
  readonly objects: ObjectStore;
  /** Whatever DuckDB may read. */
  readonly readable: readonly string[];
  /** Opens a DuckDB, with what it needs to read objects in place. */
  readonly access: (open: () => Promise<DuckDb>) => Promise<DuckDb>;
}

function objectsOf(env: Environment, temporary: string): Objects {
  const [bucket, data] = [env['GENOMICS_BUCKET'], env['GENOMICS_DATA']];
  if (bucket && data) throw new InvalidInputError('set GENOMICS_BUCKET or GENOMICS_DATA, not both');
  if (data) {
    const folder = join(data, 'objects');
    return { objects: localObjects(folder), readable: [folder], access: (open) => open() };
  }
  if (!bucket) throw new InvalidInputError('GENOMICS_BUCKET is not set');
  const cacheFolder = join(temporary, 'objects');
  const client = s3Client(env);
  if (!env['GENOMICS_HTTPFS']) {
    return { objects: s3Objects({ client, bucket, cacheFolder }), readable: [cacheFolder], access: (open) => open() };
  }
  return {
    objects: s3Objects({ client, bucket, cacheFolder, rangedAbove: rangedAbove(env) }),
    readable: [cacheFolder, `s3://${bucket}/`],
    access: (open) => withS3Access(open, client, bucket),
  };
}

/** Emulators serve buckets as paths; AWS serves them as host names, which the SDK chooses by itself. */
function s3Client(env: Environment): S3Client {
  const emulated = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  return new S3Client(emulated ? { endpoint: emulated, forcePathStyle: true } : {});
}

function rangedAbove(env: Environment): number {
  const text = env['GENOMICS_RANGED_ABOVE'];
  if (text === undefined) return RANGED_ABOVE;
  const bytes = Number(text);
  if (text.trim() === '' || !Number.isInteger(bytes) || bytes < 0) {
    throw new InvalidInputError(`GENOMICS_RANGED_ABOVE is '${text}', which is no number of bytes`);
  }
  return bytes;
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new InvalidInputError(`${name} is not set`);
  return value;
}
