import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { vi } from 'vitest';
import { LOCAL_TABLE } from '../../lib/store/local-dynamodb.ts';
import { ensureTable } from '../../lib/store/table.ts';
import { BUCKET, type Service } from './cloud.ts';

const SERVER = join(import.meta.dirname, '..', '..', 'node_modules', '.moto', 'bin', 'moto_server');

/** Whether moto is here; CI must have it. Says so when not. */
export function hasMoto(): boolean {
  if (existsSync(SERVER)) return true;
  if (process.env['CI'] === 'true') throw new Error('moto is not installed, and CI needs it: .ci/moto installs it');
  console.log('skipped: the archive on moto; .ci/moto installs it');
  return false;
}

/** S3 and DynamoDB of moto on a free port of this machine. */
async function startMoto(): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const child = spawn(SERVER, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => (log += piece));
  for (let attempt = 1; ; attempt++) {
    const [endpoint] = /http:\/\/127\.0\.0\.1:\d+/.exec(log) ?? [];
    if (endpoint !== undefined) {
      return {
        endpoint,
        async close() {
          child.kill('SIGTERM');
          await once(child, 'close');
        },
      };
    }
    if (attempt === 300 || child.exitCode !== null) throw new Error(`moto did not start: ${log}`);
    await sleep(100);
  }
}

/** A bucket with versions and a table of moto's. */
export async function startMotoCloud(): Promise<Service> {
  const { endpoint, close } = await startMoto();
  const sdk = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  for (const [name, value] of Object.entries(sdk)) vi.stubEnv(name, value);
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
  const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  await ensureTable((work) => work(dynamo), LOCAL_TABLE);
  return {
    env: { ...sdk, GENOMICS_BUCKET: BUCKET, GENOMICS_TABLE: LOCAL_TABLE },
    async close() {
      vi.unstubAllEnvs();
      s3.destroy();
      dynamo.destroy();
      await close();
    },
  };
}
