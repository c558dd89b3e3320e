import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runJob } from '../../lib/pipeline/job.ts';
import { planLambda } from '../../lib/pipeline/lambda.ts';
import { type Job, planManifest } from '../../lib/pipeline/plan.ts';
import { awsPipeline, openAwsArchive } from '../../lib/store/aws.ts';
import { LOCAL_TABLE } from '../../lib/store/local-dynamodb.ts';
import type { ObjectStore, ObjectVersion } from '../../lib/store/objects.ts';
import type { OpenArchive } from '../../lib/store/open-archive.ts';
import { s3Objects } from '../../lib/store/s3-objects.ts';
import { dynamoTable, type Item, type Table } from '../../lib/store/table.ts';
import { BUCKET, type Service, startCloud } from '../support/cloud.ts';
import { hasMoto, startMotoCloud } from '../support/moto.ts';
import { vcf } from '../support/vcf-builder.ts';

const HEADER = 'file,subject,sample,assembly,test_id,test_date,studied,uncallable';

describe.each([
  ['the servers of this project', startCloud, true],
  ['moto', startMotoCloud, hasMoto()],
] as const)('a subject who is erased from a bucket with versions, on %s', (_name, start, isThere) => {
  let folder: string;
  let service: Service;
  let client: S3Client;
  let dynamo: DynamoDBDocumentClient;
  let table: Table;
  let objects: ObjectStore;
  let archive: OpenArchive;
  let jobs: Job[];

  beforeEach(async () => {
    if (!isThere) return;
    folder = await mkdtemp(join(tmpdir(), 'genomics-erased-'));
    service = await start();
    client = new S3Client({ forcePathStyle: true });
    dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    table = dynamoTable((work) => work(dynamo), LOCAL_TABLE);
    objects = s3Objects({ client, bucket: BUCKET, cacheFolder: join(folder, 'cache') });
    archive = await openAwsArchive(service.env);
    jobs = [];
    await load();
  });
  afterEach(async () => {
    await archive?.close();
    client?.destroy();
    dynamo?.destroy();
    await service?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const upload = async (key: string, body: string | Buffer): Promise<string> =>
    String((await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }))).VersionId);

  /** As the pipeline takes it. */
  async function manifest(key: string, ...rows: string[]): Promise<void> {
    const versionId = await upload(key, [HEADER, ...rows, ''].join('\n'));
    const pipeline = awsPipeline(service.env);
    for (const job of await planManifest(pipeline, { key, versionId })) {
      jobs.push(job);
      await runJob(pipeline, job);
    }
  }

  const one = (sample: string, pos: number) => vcf([{ pos }], { samples: [sample] });

  /** P1 and others: alone, with others, in versions that were replaced, deleted and swept, and in all kinds of uploads. */
  async function load(): Promise<void> {
    await upload('incoming/lab/panel.bed', 'chr1\t0\t1000\n');
    await upload('incoming/lab/own.bed', 'chr1\t0\t10\n');
    await upload('incoming/lab/a.vcf', one('P1', 100));
    await upload('incoming/lab/a.vcf.tbi', 'an index');
    await upload('incoming/lab/b.vcf', one('S2', 100));
    const shared = ['a.vcf,P1,,GRCh38,T1,2026-01-31,panel.bed,own.bed', 'b.vcf,P2,,GRCh38,T1,2026-01-31,panel.bed,'];
    await manifest('incoming/lab/m.csv', ...shared);
    await upload('incoming/lab/amended.vcf.gz', gzipSync(one('X', 200)));
    await manifest('incoming/lab/n.replace.csv', 'amended.vcf.gz,P1,,GRCh38,T1,2026-01-31,,');
    await upload('incoming/cohort.vcf', vcf([{ pos: 300 }], { samples: ['P1', 'P2', 'P3'] }));
    await manifest('incoming/cohort.csv', 'cohort.vcf,,*,GRCh38,C1,2026-01-31,,');
    await upload('incoming/others.vcf', vcf([{ pos: 400 }], { samples: ['P2', 'P3'] }));
    await manifest('incoming/others.csv', 'others.vcf,,*,GRCh38,C2,2026-01-31,,');
    await upload('incoming/deleted.vcf', one('P1', 500));
    await manifest('incoming/deleted.csv', 'deleted.vcf,P1,,GRCh38,T2,2026-01-31,,');
    await archive.admin.remove('P1_T2_GRCh38');
    // Nobody named these yet, or not in a way that can be read.
    await upload('incoming/loose.vcf', one('P1', 600));
    await upload('incoming/P1.txt', 'about P1');
    await upload('incoming/bad.csv', 'file;subject\nworse.vcf;P1\n');
    await upload('incoming/worse.vcf', one('Y', 600));
    // Named in an earlier version only, of which the newest was removed.
    await upload('incoming/former.csv', `${HEADER}\nformer.vcf,P1,,GRCh38,T9,2026-01-31,,\n`);
    await upload('incoming/former.csv', `${HEADER}\nb.vcf,P2,,GRCh38,T9,2026-01-31,,\n`);
    await upload('incoming/former.vcf', one('Z', 700));
    await objects.remove('incoming/former.vcf');
    await archive.admin.compact();
    await archive.admin.sweep({ olderThanHours: 0 });
  }

  async function everyVersion(): Promise<ObjectVersion[]> {
    const all: ObjectVersion[] = [];
    for await (const version of objects.versions('')) all.push(version);
    return all;
  }

  /** Keys of every version, replaced and removed ones too, that has something of a subject in it. */
  async function holding(subject: string): Promise<string[]> {
    const connection = await (await DuckDBInstance.create()).connect();
    const found = new Set<string>();
    for (const version of await everyVersion()) {
      if (version.bytes === undefined) continue;
      const pieces: Uint8Array[] = [];
      for await (const piece of objects.read(version)) pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      if (!version.key.endsWith('.parquet')) {
        if (new RegExp(`\\b${subject}\\b`).test(bytes.toString('latin1'))) found.add(version.key);
        continue;
      }
      const path = join(folder, 'version.parquet');
      await writeFile(path, bytes);
      const rows = await connection.runAndReadAll(
        `SELECT count(*) FROM (FROM '${path}') AS t WHERE t::VARCHAR LIKE '%${subject}%'`,
      );
      if (rows.getRows()[0]?.[0] !== 0n) found.add(version.key);
    }
    connection.closeSync();
    return [...found].toSorted();
  }

  const uploads = async (): Promise<string[]> =>
    [...new Set((await everyVersion()).map(({ key }) => key))].filter((key) => key.startsWith('incoming/')).toSorted();

  it.skipIf(!isThere)('is in no version of any object afterwards, and nothing of anybody else is gone', async () => {
    const before = await holding('P1');
    // The test would see it: current files, replaced ones, those of a deleted study, the compacted copy, uploads.
    for (const prefix of ['studies/P1_T1_GRCh38/v=1', 'studies/P1_T1_GRCh38/v=2', 'studies/P1_T2_GRCh38/']) {
      expect(
        before.some((key) => key.startsWith(prefix)),
        prefix,
      ).toBe(true);
    }
    expect(before.filter((key) => key.startsWith('cohort/'))).not.toEqual([]);
    expect(before.filter((key) => key.startsWith('incoming/'))).toHaveLength(10);
    const others = await holding('P2');

    const report = await archive.admin.erase('P1');
    expect(report).toMatchObject({ studiesDeleted: 1, studiesRewritten: 1, rowsLeft: 0, versionsLeft: 0 });
    expect(report).toMatchObject({ uploadsRemoved: 15, uploadsUnread: [] });
    expect(report.versionsRemoved).toBeGreaterThan(report.objectsRemoved + report.uploadsRemoved);
    expect(report.compactedRows).toBeGreaterThan(0);
    expect((await holding('P1')).filter((key) => !key.startsWith('cohort/'))).toEqual([]);
    await archive.admin.compact();
    await archive.admin.sweep({ olderThanHours: 0 });
    expect(await holding('P1')).toEqual([]);
    expect(await archive.admin.erase('P1')).toMatchObject({ compactedRows: 0, versionsRemoved: 0, versionsLeft: 0 });

    // A manifest of cohorts names nobody.
    const left = ['cohort.csv', 'lab/b.vcf', 'lab/panel.bed', 'others.csv', 'others.vcf'];
    expect(await uploads()).toEqual(left.map((name) => `incoming/${name}`));
    const gone = others.filter((key) => !/^(cohort|incoming|studies\/C1_)/.test(key));
    expect(await holding('P2')).toEqual(expect.arrayContaining(gone));
    expect((await archive.ports.studies.subject('P2'))?.studies.map(({ study }) => study.id)).toEqual([
      'C1_GRCh38',
      'C2_GRCh38',
      'P2_T1_GRCh38',
    ]);
    expect((await archive.admin.verify()).problems).toEqual([]);
  });

  it.skipIf(!isThere)('is refused when its events and its files come again', async () => {
    await archive.admin.erase('P1');
    const pipeline = awsPipeline(service.env);
    const [job] = jobs.filter(({ study }) => study === 'P1_T1_GRCh38');
    // The same event and the same job: what they name is gone, and had its turn.
    const event = { detail: { object: { key: 'incoming/lab/m.csv', 'version-id': job!.manifest.versionId } } };
    await expect(planLambda(pipeline)(event as Parameters<ReturnType<typeof planLambda>>[0])).rejects.toThrow(
      /incoming\/lab\/m\.csv is not in the bucket/,
    );
    expect(await runJob(pipeline, job!)).toMatchObject({ status: 'superseded' });
    // Another upload of the same, also in a cohort.
    await upload('incoming/again.vcf', one('P1', 100));
    await expect(manifest('incoming/again.csv', 'again.vcf,P1,,GRCh38,T3,2026-01-31,,')).rejects.toThrow(
      /'P1' was erased/,
    );
    await upload('incoming/all.vcf', vcf([{ pos: 300 }], { samples: ['P1', 'P4'] }));
    await expect(manifest('incoming/all.csv', 'all.vcf,,*,GRCh38,C9,2026-01-31,,')).rejects.toThrow(/'P1' was erased/);
    expect(await archive.ports.studies.subject('P1')).toBeUndefined();
    expect((await holding('P1')).filter((key) => !/^(cohort|incoming)\//.test(key))).toEqual([]);
    // What came after the erasure goes with another.
    expect(await archive.admin.erase('P1')).toMatchObject({ uploadsRemoved: 3, versionsLeft: 0 });
    expect((await holding('P1')).filter((key) => !key.startsWith('cohort/'))).toEqual([]);
  });

  it.skipIf(!isThere)('does not come back with an older table and every removed object', async () => {
    const items: Item[] = [];
    for await (const item of table.scan()) items.push(item);
    await archive.admin.erase('P1');
    // What an operator can do at worst: the table of before, and no marker of a removal left.
    const now: Item[] = [];
    for await (const item of table.scan()) now.push(item);
    await table.removeAll(now);
    await table.putAll(items);
    for (const version of await everyVersion()) if (version.bytes === undefined) await objects.purge(version);
    expect(await archive.admin.unreplayed()).toEqual(['P1']);
    expect((await holding('P1')).filter((key) => !key.startsWith('cohort/'))).toEqual([]);
    const [report] = await archive.admin.replay();
    expect(report).toMatchObject({ subject: 'P1', rowsLeft: 0, versionsLeft: 0 });
    expect(await archive.ports.studies.subject('P1')).toBeUndefined();
    await archive.admin.compact({ full: true });
    await archive.admin.sweep({ olderThanHours: 0 });
    expect(await holding('P1')).toEqual([]);
    expect((await archive.admin.verify()).problems).toEqual([]);
  });
});
