import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDb } from './duckdb.ts';
import { literal } from './write-parquet.ts';

/**
 * A DuckDB that reads `s3://bucket/` with the credentials the SDK has at each query, so that none ever expires in it.
 *
 * @param duckDb opened with httpfs.
 */
export function withS3Access(duckDb: DuckDb, client: S3Client, bucket: string): DuckDb {
  let given = '';
  return {
    ...duckDb,
    async *chunks(sql, bindings) {
      const secret = await secretOf(client, bucket);
      if (secret !== given) {
        const connection = await duckDb.connect();
        try {
          await connection.run(secret);
          given = secret;
        } finally {
          connection.closeSync();
        }
      }
      yield* duckDb.chunks(sql, bindings);
    },
  };
}

async function secretOf({ config }: S3Client, bucket: string): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
  const parts: Record<string, string | undefined> = {
    KEY_ID: accessKeyId,
    SECRET: secretAccessKey,
    SESSION_TOKEN: sessionToken,
    REGION: await config.region(),
    SCOPE: `s3://${bucket}/`,
  };
  const endpoint = await config.endpoint?.();
  if (endpoint !== undefined) {
    parts['ENDPOINT'] = `${endpoint.hostname}${endpoint.port === undefined ? '' : `:${endpoint.port}`}`;
  }
  const given = Object.entries(parts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${literal(value)}`],
  );
  const style = endpoint === undefined ? [] : [`USE_SSL ${endpoint.protocol === 'https:'}`, `URL_STYLE 'path'`];
  return `CREATE OR REPLACE SECRET archive (TYPE s3, PROVIDER config, ${[...given, ...style].join(', ')})`;
}
