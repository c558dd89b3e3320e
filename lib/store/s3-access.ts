import type { S3Client } from '@aws-sdk/client-s3';
import { UnavailableError } from '../genomics/errors.ts';
import type { DuckDb } from './duckdb.ts';
import { literal } from './write-parquet.ts';

/**
 * A DuckDB that reads `s3://bucket/` with the credentials the SDK has at each query, so that none ever expires in it.
 *
 * It keeps what it has read, for good, because keys are immutable. So an instance whose query failed is not asked again:
 * what it keeps may be what made it fail.
 *
 * @param open opens a DuckDB with httpfs
 */
export async function withS3Access(open: () => Promise<DuckDb>, client: S3Client, bucket: string): Promise<DuckDb> {
  let current = instanceOf(await open());
  return {
    async *chunks(sql, bindings) {
      const used = current;
      used.queries++;
      try {
        await giveAccess(used, client, bucket);
        yield* used.duckDb.chunks(sql, bindings);
      } catch (error) {
        if (current === used) current = instanceOf(await open());
        throw error;
      } finally {
        used.queries--;
        if (current !== used && used.queries === 0) used.duckDb.close();
      }
    },
    connect: () => current.duckDb.connect(),
    close: () => current.duckDb.close(),
  };
}

interface Instance {
  readonly duckDb: DuckDb;
  /** Under way. */
  queries: number;
  /** The secret it has, and the last change of it. */
  secret: string;
  change: Promise<void>;
}

const instanceOf = (duckDb: DuckDb): Instance => ({ duckDb, queries: 0, secret: '', change: Promise.resolve() });

/** One change after the other: DuckDB refuses two of a secret at a time. */
async function giveAccess(instance: Instance, client: S3Client, bucket: string): Promise<void> {
  const change = async (): Promise<void> => {
    const secret = await secretOf(client, bucket);
    if (secret === instance.secret) return;
    const connection = await instance.duckDb.connect();
    try {
      await connection.run(secret);
      instance.secret = secret;
    } finally {
      connection.closeSync();
    }
  };
  instance.change = instance.change.then(change, change);
  try {
    await instance.change;
  } catch (cause) {
    throw new UnavailableError('the archive could not be read', undefined, { cause });
  }
}

async function secretOf({ config }: S3Client, bucket: string): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
  const endpoint = await config.endpoint?.();
  const host = endpoint && `${endpoint.hostname}${endpoint.port === undefined ? '' : `:${endpoint.port}`}`;
  const texts = {
    KEY_ID: accessKeyId,
    SECRET: secretAccessKey,
    SESSION_TOKEN: sessionToken,
    REGION: await config.region(),
    SCOPE: `s3://${bucket}/`,
    ENDPOINT: host,
  };
  const given = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [`${name} ${literal(text)}`],
  );
  const style = endpoint === undefined ? [] : [`USE_SSL ${endpoint.protocol === 'https:'}`, `URL_STYLE 'path'`];
  return `CREATE OR REPLACE SECRET archive (TYPE s3, PROVIDER config, ${[...given, ...style].join(', ')})`;
}
