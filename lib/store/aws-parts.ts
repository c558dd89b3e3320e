import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { InvalidInputError } from '../genomics/errors.ts';
import { localObjects } from './local-objects.ts';
import type { ObjectStore } from './objects.ts';
import { ownFolder } from './own-folder.ts';
import { s3Objects } from './s3-objects.ts';
import { dynamoTable, type Table } from './table.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Objects above this size are read in place where httpfs is: copying one would take longer than a few ranges. */
const RANGED_ABOVE = 16 * 1_048_576;

/** A table and objects as the environment names them, without DuckDB: a function that reads no Parquet has none. */
export interface AwsParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  /** Folder of this process's own files. */
  readonly temporary: string;
  /** Makes a folder for files that are not published yet. */
  readonly stage: () => Promise<string>;
  /** Where DuckDB may read copies of objects, or the objects themselves. */
  readonly readable: string;
  /** The bucket that DuckDB may read in place. */
  readonly inPlace?: { readonly client: S3Client; readonly bucket: string };
}

/** @throws InvalidInputError naming the variable at fault */
export function awsParts(env: Environment): AwsParts {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const temporary = join(tmpdir(), 'genomics');
  return {
    table: dynamoTable((work) => work(client), required(env, 'GENOMICS_TABLE')),
    temporary,
    async stage() {
      const made = join(await ownFolder(join(temporary, 'staging')), randomBytes(9).toString('base64url'));
      await mkdir(made, { recursive: true });
      return made;
    },
    ...objectsOf(env, temporary),
  };
}

function objectsOf(env: Environment, temporary: string): Pick<AwsParts, 'objects' | 'readable' | 'inPlace'> {
  const [bucket, data] = [env['GENOMICS_BUCKET'], env['GENOMICS_DATA']];
  if (bucket && data) throw new InvalidInputError('set GENOMICS_BUCKET or GENOMICS_DATA, not both');
  if (data) {
    const folder = join(data, 'objects');
    return { objects: localObjects(folder), readable: folder };
  }
  if (!bucket) throw new InvalidInputError('GENOMICS_BUCKET is not set');
  const readable = join(temporary, 'objects');
  const client = s3Client(env);
  const options = { client, bucket, cacheFolder: readable };
  return env['GENOMICS_HTTPFS']
    ? { objects: s3Objects({ ...options, rangedAbove: rangedAbove(env) }), readable, inPlace: { client, bucket } }
    : { objects: s3Objects(options), readable };
}

/** Emulators serve buckets as paths; AWS serves them as host names, which the SDK chooses by itself. */
export function s3Client(env: Environment): S3Client {
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

/** @throws InvalidInputError */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new InvalidInputError(`${name} is not set`);
  return value;
}
