import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadDemo } from '../../lib/cli/demo.ts';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { operations } from '../../lib/operations/table.ts';
import { awsPorts, openAwsArchive } from '../../lib/store/aws.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { BUCKET, type Cloud, type Service, startCloud } from '../support/cloud.ts';
import { hasMoto, startMotoCloud } from '../support/moto.ts';
import type { Fault } from '../support/s3-server.ts';

const HTTPFS = join(import.meta.dirname, '../../layers/duckdb/dist-httpfs/httpfs.duckdb_extension');
const hasHttpfs = existsSync(HTTPFS);
if (!hasHttpfs) {
  if (process.env['CI'] === 'true') throw new Error("CI needs httpfs: 'npm run layer' fetches it");
  console.log("skipped: reading objects in place; 'npm run layer' fetches httpfs");
}
const IN_PLACE = { GENOMICS_HTTPFS: HTTPFS, GENOMICS_RANGED_ABOVE: '0' };

/** Questions about the demo cohort: every operation's example, and every subject's whole chromosomes. */
const QUESTIONS = [
  ...operations.map(({ row }) => `$${row.code}?${new URLSearchParams(row.example)}`),
  ...['demo-negative', 'demo-cyp2c19', 'demo-compound'].flatMap((subject) =>
    ['NC_000007.14:0-159345973', 'NC_000010.11:0-133797422', 'NC_000001.10:0-249250621'].map(
      (range) => `$find-subject-variants?subject=${subject}&ranges=${range}&includeVariants=true&includePhasing=true`,
    ),
  ),
];

async function answers({ url }: RunningServer): Promise<string[]> {
  const got: string[] = [];
  for (const question of QUESTIONS) {
    const response = await fetch(`${url}/${question}`, { headers: { 'accept-encoding': 'identity' } });
    got.push(`${question}\n${response.status}\n${await response.text()}`);
  }
  return got;
}

let folder: string;
let expected: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-protocols-'));
  await using local = await openLocalArchive(folder);
  await loadDemo(local);
  const server = await startServer({ port: 0, ports: local.ports });
  expected = await answers(server);
  await server.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('the questions have answers worth comparing', () => {
  expect(expected.filter((text) => text.split('\n')[1] === '200').length).toBeGreaterThan(operations.length);
  expect(expected.some((text) => text.includes('"Observation"'))).toBe(true);
});

describe.each([
  ['the servers of this project', startCloud, true],
  ['moto', startMotoCloud, hasMoto()],
] as const)('an archive on %s', (_name, start, isThere) => {
  let service: Service;
  beforeAll(async () => {
    if (!isThere) return;
    service = await start();
    await using archive = await openAwsArchive(service.env);
    await loadDemo(archive);
  });
  afterAll(async () => {
    await service?.close();
  });

  async function ask(more: Readonly<Record<string, string>> = {}): Promise<string[]> {
    const server = await startServer({
      port: 0,
      ports: await awsPorts({ ...service.env, ...more }),
      onFault: () => {},
    });
    try {
      return await answers(server);
    } finally {
      await server.close();
    }
  }

  it.skipIf(!isThere)('answers byte for byte as the folder does, from copies of whole objects', async () => {
    expect(await ask()).toEqual(expected);
  });

  it.skipIf(!isThere || !hasHttpfs)('answers byte for byte as the folder does, from objects in place', async () => {
    expect(await ask(IN_PLACE)).toEqual(expected);
  });

  it.skipIf(!isThere)('is verified whole, and swept of nothing', async () => {
    await using archive = await openAwsArchive(service.env);
    const report = await archive.admin.verify();
    expect(report.problems).toEqual([]);
    expect(report.studies).toBeGreaterThan(5);
    expect(await archive.admin.sweep({ olderThanHours: 0 })).toMatchObject({ objects: 0 });
    expect(await ask()).toEqual(expected);
  });

  it.skipIf(!isThere)('notices an object that was replaced under it, and answers nothing from it', async () => {
    const client = new S3Client({ forcePathStyle: true });
    await using archive = await openAwsArchive(service.env);
    const { studies } = await archive.admin.list(100);
    const [study] = studies.filter(({ id, assembly }) => id.startsWith('demo-cyp2c19_') && assembly !== undefined);
    const { files } = (await archive.admin.study(String(study?.id)))!;
    const file = files.find(({ kind, chromosome }) => kind === 'variants' && chromosome === '10');
    const key = String(file?.key);
    const original = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    const bytes = Buffer.from((await original.Body?.transformToByteArray()) ?? []);
    // The same size, other content.
    const other = Buffer.from(bytes);
    other[bytes.length >> 1] = (other[bytes.length >> 1] as number) ^ 0xff;
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: other }));
    try {
      for (const more of hasHttpfs ? [{}, IN_PLACE] : [{}]) {
        for (const [index, text] of (await ask(more)).entries()) {
          const [, status] = text.split('\n');
          if (text !== expected[index]) expect(status).toBe('503');
        }
        expect((await ask(more)).some((text) => text.split('\n')[1] === '503')).toBe(true);
      }
      expect((await archive.admin.verify()).problems.map((problem) => problem.key)).toEqual([key]);
    } finally {
      const put = new PutObjectCommand({
        Bucket: BUCKET,
        Key: key,
        Body: bytes,
        ChecksumSHA256: base64Of(file?.sha256),
      });
      await client.send(put);
      client.destroy();
    }
    expect(await ask()).toEqual(expected);
  });

  it.skipIf(!isThere || start !== startMotoCloud)(
    'has a deleted object back from its versions, as the handbook says',
    async () => {
      await using archive = await openAwsArchive(service.env);
      const { studies } = await archive.admin.list(100);
      const { files } = (await archive.admin.study(String(studies[0]?.id)))!;
      const Key = String(files[0]?.key);
      const client = new S3Client({ forcePathStyle: true });
      try {
        await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
        expect((await archive.admin.verify()).problems.map(({ key }) => key)).toEqual([Key]);
        const { DeleteMarkers } = await client.send(new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: Key }));
        const VersionId = DeleteMarkers?.[0]?.VersionId;
        await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key, VersionId }));
      } finally {
        client.destroy();
      }
      expect((await archive.admin.verify()).problems).toEqual([]);
      expect(await ask()).toEqual(expected);
    },
  );
});

const base64Of = (hex: string | undefined): string => Buffer.from(hex ?? '', 'hex').toString('base64');

describe('faults of the bucket', () => {
  let service: Cloud;
  beforeAll(async () => {
    service = await startCloud();
    await using archive = await openAwsArchive(service.env);
    await loadDemo(archive);
  });
  afterAll(() => service.close());
  afterEach(() => {
    service.s3.faults.length = 0;
  });

  beforeEach(() => {
    // Reference files are read first, and always as copies.
    service.s3.faultsBelow = 'studies/';
  });

  const FAULTS: readonly Fault[] = ['error 500', 'error 503', 'error 403', 'cut short', 'wrong bytes', 'slow'];
  const MODES = [['copies', {}], ...(hasHttpfs ? ([['ranges', IN_PLACE]] as const) : [])] as const;

  it.each(MODES.flatMap(([name, more]) => FAULTS.map((fault) => [fault, name, more] as const)))(
    '%s, once or for good, gives the answer or 503 (%s)',
    async (fault, _name, more) => {
      const question = QUESTIONS[0] ?? '';
      const server = await startServer({
        port: 0,
        ports: await awsPorts({ ...service.env, ...more }),
        onFault: () => {},
      });
      try {
        for (const times of fault === 'slow' ? [1] : [1, 60]) {
          service.s3.faults.splice(0, Infinity, ...Array.from({ length: times }, () => fault));
          const before = service.s3.requests.length;
          const response = await fetch(`${server.url}/${question}`);
          const body = await response.text();
          if (response.status === 200) expect(`${question}\n200\n${body}`).toBe(expected[0]);
          else {
            expect(response.status).toBe(503);
            expect(response.headers.get('retry-after')).toBe('5');
            expect(JSON.parse(body).resourceType).toBe('OperationOutcome');
          }
          // Bounded: nobody hammers a bucket that is down.
          expect(service.s3.requests.length - before).toBeLessThan(60);
        }
        // And it recovers by itself.
        service.s3.faults.length = 0;
        const after = await fetch(`${server.url}/${question}`);
        expect(`${question}\n${after.status}\n${await after.text()}`).toBe(expected[0]);
      } finally {
        await server.close();
      }
    },
  );
});
