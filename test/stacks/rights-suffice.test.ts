import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { runJob } from '../../lib/pipeline/job.ts';
import { planManifest } from '../../lib/pipeline/plan.ts';
import { addStacks } from '../../lib/stacks/stacks.ts';
import { awsPipeline, awsPorts, openAwsArchive } from '../../lib/store/aws.ts';
import { collect } from '../support/archive.ts';
import { BUCKET, type Cloud, startCloud } from '../support/cloud.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';
import { rightsIn } from '../support/rights.ts';
import { vcf } from '../support/vcf-builder.ts';

/** The right that a request to S3 takes, as the test server notes it. */
function rightOf(request: string): string {
  const [method = '', key = ''] = request.split(' ');
  if (method === 'LIST') return 'Allow s3:ListBucket bucket';
  if (method === 'VERSIONS') return 'Allow s3:ListBucketVersions bucket';
  const action = { GET: 'GetObject', HEAD: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' }[method];
  return `Allow s3:${action}${key.endsWith('?') ? 'Version' : ''} bucket/${key.split('/')[0]}/*`;
}

describe.skipIf(!hasLinuxBinding('the rights of roles'))('every request to the bucket is within the rights', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'genomics-rights-'));
  let cloud: Cloud;
  let stacks: ReturnType<typeof addStacks>;
  beforeAll(async () => {
    stacks = addStacks(new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } }));
    cloud = await startCloud();
  });
  afterAll(async () => {
    await cloud?.close();
    rmSync(outdir, { recursive: true, force: true });
  });

  const put = (key: string, body: string) => fetch(`${cloud.s3.endpoint}/${BUCKET}/${key}`, { method: 'PUT', body });

  /** Rights that some work took, and those among them that the role has not. */
  async function taken(rights: readonly string[] | undefined, work: () => Promise<unknown>) {
    cloud.s3.requests.length = 0;
    await work();
    const needed = [...new Set(cloud.s3.requests.map(rightOf))].toSorted();
    return { needed, lacking: needed.filter((right) => !rights?.includes(right)) };
  }

  it('of the pipeline, of what answers, of the compaction and of housekeeping', async () => {
    await put('incoming/c.vcf', vcf([{ pos: 100 }], { samples: ['A', 'B'] }));
    await put('incoming/a.vcf', vcf([{ pos: 100 }], { samples: ['A'] }));
    const rows = ['c.vcf,,*,GRCh38,C,2026-01-31', 'a.vcf,A,,GRCh38,T,2026-01-31'];
    await put('incoming/m.csv', `file,subject,sample,assembly,test_id,test_date\n${rows.join('\n')}\n`);
    const pipeline = awsPipeline(cloud.env);
    const ingest = rightsIn(stacks.ingest);
    const jobs: Awaited<ReturnType<typeof planManifest>>[] = [];
    const plan = await taken(ingest.get('ingestplan-ServiceRole'), async () => {
      jobs.push(await planManifest(pipeline, { key: 'incoming/m.csv' }));
    });
    const job = await taken(ingest.get('ingest-ServiceRole'), async () => {
      for (const one of jobs.flat()) await runJob(pipeline, one);
    });
    expect([plan.lacking, job.lacking]).toEqual([[], []]);

    await using archive = await openAwsArchive(cloud.env);
    const tasks = rightsIn(stacks.tasks);
    const compaction = await taken(tasks.get('CompactTask-TaskRole'), () => archive.admin.compact());
    expect(compaction.lacking).toEqual([]);

    const answering = rightsIn(stacks.api).get('findsubjectvariants-ServiceRole');
    const answered = await taken(answering, async () => {
      const ports = await awsPorts(cloud.env);
      const place = [{ index: 0, chromosome: '1' as const, start0: interbase(99), end0: interbase(100) }];
      const record = await ports.studies.subject('A');
      if (record === undefined) throw new Error('nobody');
      expect(await collect(ports.variants.simple(record, place))).not.toEqual([]);
      await ports.population();
    });
    expect(answered.lacking).toEqual([]);

    const housekeeping = tasks.get('HousekeepingTask-TaskRole');
    const kept = await taken(housekeeping, async () => {
      expect(await archive.admin.erase('A')).toMatchObject({ uploadsRemoved: 3, versionsLeft: 0, rowsLeft: 0 });
      await archive.admin.compact({ full: true });
      await archive.admin.verify();
      await archive.admin.remove('C_GRCh38');
      await archive.admin.compact();
      await archive.admin.sweep({ olderThanHours: 0 });
      await archive.admin.replay();
    });
    expect(kept.lacking).toEqual([]);
    // And that it could do with less would show here.
    expect(kept.needed).toEqual(
      expect.arrayContaining(
        ['studies', 'cohort', 'rewritten', 'incoming'].map(
          (prefix) => `Allow s3:DeleteObjectVersion bucket/${prefix}/*`,
        ),
      ),
    );
  });
});
