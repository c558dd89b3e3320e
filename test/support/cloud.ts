import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_TABLE, openLocalDynamo } from '../../lib/store/local-dynamodb.ts';
import { type S3Server, startS3Server } from './s3-server.ts';

export const BUCKET = 'archive';

/** A bucket and a table on this machine, spoken to by the AWS SDK as in AWS. */
export interface Service {
  /** Environment of a function. The SDK's part of it is also in the process's own. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Of this project: S3 in s3-server.ts, DynamoDB by dynalite. */
export interface Cloud extends Service {
  /** Where faults can be made. */
  readonly s3: S3Server;
}

export async function startCloud(): Promise<Cloud> {
  const folder = await mkdtemp(join(tmpdir(), 'genomics-cloud-'));
  const dynamo = await openLocalDynamo(folder);
  // The table is made when it is first asked.
  const s3 = await startS3Server(BUCKET);
  const { port, key } = JSON.parse(await readFile(join(folder, 'dynamodb.json'), 'utf8'));
  const sdk = {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: key,
  };
  const before = Object.keys(sdk).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, sdk);
  return {
    s3,
    env: { ...sdk, GENOMICS_BUCKET: BUCKET, GENOMICS_TABLE: LOCAL_TABLE },
    async close() {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await s3.close();
      await dynamo.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
