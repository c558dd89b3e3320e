import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { InvalidInputError } from '../genomics/errors.ts';
import type { Ports } from '../operations/ports.ts';
import { openDuckDb } from './duckdb.ts';
import { localObjects } from './local-objects.ts';
import type { ObjectStore } from './objects.ts';
import { portsOf } from './ports-of.ts';
import { s3Objects } from './s3-objects.ts';
import { dynamoTable } from './table.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const MEGABYTE = 1_048_576;
/** A Lambda without the variable is none: enough for a small query anywhere. */
const DEFAULT_MEMORY_MB = 1_024;
/** Node, the SDK and what DuckDB allocates outside its own limit. */
const DUCKDB_SHARE = 0.6;
/** Lambda gives one vCPU per 1,769 MB. */
const MB_PER_CPU = 1_769;

/**
 * What a Lambda function answers from: `GENOMICS_TABLE` and either `GENOMICS_BUCKET` or, on one machine,
 * `GENOMICS_DATA` (a data folder, whose objects are used). The SDK reads regions, credentials and `AWS_ENDPOINT_URL*`.
 *
 * @throws InvalidInputError naming the variable at fault.
 */
export async function awsPorts(env: Environment = process.env): Promise<Ports> {
  const table = required(env, 'GENOMICS_TABLE');
  const temporary = join(tmpdir(), 'genomics');
  const { objects, folder } = objectsOf(env, temporary);
  const { memoryBytes, threads } = duckDbLimits(env);
  const duckDb = await openDuckDb({
    memoryBytes,
    threads,
    temporary: join(temporary, 'duckdb'),
    readOnlyFrom: [folder],
  });
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const items = dynamoTable((work) => work(client), table);
  return portsOf({ table: items, objects, duckDb: async () => duckDb }, env);
}

/** DuckDB's share of a function's memory, and its threads. @throws InvalidInputError */
export function duckDbLimits(env: Environment): { readonly memoryBytes: number; readonly threads: number } {
  const text = env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? String(DEFAULT_MEMORY_MB);
  const megabytes = Number(text);
  if (!Number.isInteger(megabytes) || megabytes < 128) {
    throw new InvalidInputError(`AWS_LAMBDA_FUNCTION_MEMORY_SIZE is '${text}', which is no number of megabytes`);
  }
  return {
    memoryBytes: Math.floor(megabytes * DUCKDB_SHARE) * MEGABYTE,
    threads: Math.max(1, Math.floor(megabytes / MB_PER_CPU)),
  };
}

/** The objects, and the local folder from which DuckDB reads them. */
function objectsOf(env: Environment, temporary: string): { readonly objects: ObjectStore; readonly folder: string } {
  const [bucket, data] = [env['GENOMICS_BUCKET'], env['GENOMICS_DATA']];
  if (bucket && data) throw new InvalidInputError('set GENOMICS_BUCKET or GENOMICS_DATA, not both');
  if (data) {
    const folder = join(data, 'objects');
    return { objects: localObjects(folder), folder };
  }
  if (!bucket) throw new InvalidInputError('GENOMICS_BUCKET is not set');
  const folder = join(temporary, 'objects');
  // Emulators serve buckets as paths; AWS serves them as host names, which the SDK chooses by itself.
  const emulated = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const client = new S3Client(emulated ? { forcePathStyle: true } : {});
  return { objects: s3Objects({ client, bucket, cacheFolder: folder }), folder };
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new InvalidInputError(`${name} is not set`);
  return value;
}
