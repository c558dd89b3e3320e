import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInputError, NotFoundError } from '../../lib/genomics/errors.ts';
import { runJob } from '../../lib/pipeline/job.ts';
import { planLambda } from '../../lib/pipeline/lambda.ts';
import { type Job, planManifest } from '../../lib/pipeline/plan.ts';
import type { Pipeline } from '../../lib/pipeline/ports.ts';
import { awsPipeline, openAwsArchive } from '../../lib/store/aws.ts';
import type { OpenArchive } from '../../lib/store/open-archive.ts';
import { BUCKET, type Cloud, startCloud } from '../support/cloud.ts';
import { vcf } from '../support/vcf-builder.ts';

const HEADER = 'file,subject,assembly,test_id,test_date,studied';

let cloud: Cloud;
let pipeline: Pipeline;
let archive: OpenArchive;
beforeEach(async () => {
  cloud = await startCloud();
  pipeline = awsPipeline(cloud.env);
  archive = await openAwsArchive(cloud.env);
});
afterEach(async () => {
  await archive.close();
  await cloud.close();
});

/** Puts a file into the bucket as a laboratory does. @returns its version */
async function upload(key: string, text: string): Promise<string> {
  const url = `${cloud.s3.endpoint}/${BUCKET}/${key}`;
  const response = await fetch(url, { method: 'PUT', body: text });
  return String(response.headers.get('x-amz-version-id'));
}

async function manifest(key: string, ...rows: string[]): Promise<{ key: string; versionId: string }> {
  return { key, versionId: await upload(key, [HEADER, ...rows, ''].join('\n')) };
}

async function runAll(uploaded: { key: string; versionId: string }) {
  const reports = [];
  for (const job of await planManifest(pipeline, uploaded)) reports.push(await runJob(pipeline, job));
  return reports;
}

const positions = async (id: string): Promise<number | undefined> =>
  (await archive.admin.study(id))?.files.filter(({ kind }) => kind === 'variants').reduce((n, { rows }) => n + rows, 0);

const ROW = 'p1.vcf,P1,GRCh38,T1,2026-01-31,panel.bed';

describe('a manifest', () => {
  it('becomes a job per study, with the size and version of every file', async () => {
    const first = await upload('incoming/lab/p1.vcf', vcf([{ pos: 100 }]));
    await upload('incoming/lab/panel.bed', 'chr1\t0\t1000\n');
    await upload('incoming/lab/deeper/p2.vcf', vcf([{ pos: 100 }, { pos: 200 }]));
    const uploaded = await manifest('incoming/lab/m.csv', ROW, 'deeper/p2.vcf,P2,GRCh38,T1,2026-01-31,panel.bed');
    // Uploaded too late to belong to this manifest's first job.
    const jobs = await planManifest(pipeline, uploaded);
    expect(jobs.map(({ study, index, files }) => [study, index, files.map(({ key }) => key)])).toEqual([
      [expect.stringContaining('P1'), 0, ['incoming/lab/p1.vcf', 'incoming/lab/panel.bed']],
      [expect.stringContaining('P2'), 1, ['incoming/lab/deeper/p2.vcf', 'incoming/lab/panel.bed']],
    ]);
    expect(jobs[0]?.files[0]?.versionId).toBe(first);
    expect(jobs[1]?.bytes).toBeGreaterThan(jobs[0]?.bytes as number);
  });

  it('is ingested, and answered from at once', async () => {
    await upload('incoming/lab/p1.vcf', vcf([{ pos: 100 }, { pos: 300 }]));
    await upload('incoming/lab/panel.bed', 'chr1\t0\t1000\n');
    const [report] = await runAll(await manifest('incoming/lab/m.csv', ROW));
    expect(report).toMatchObject({ status: 'committed', version: 1, subjects: 1 });
    expect(await positions(String(report?.study))).toBe(2);
    expect((await archive.ports.studies.subject('P1'))?.studies).toHaveLength(1);
  });

  it('takes the versions that were there when it was read', async () => {
    await upload('incoming/p1.vcf', vcf([{ pos: 100 }]));
    const jobs = await planManifest(pipeline, await manifest('incoming/m.csv', 'p1.vcf,P1,GRCh38,T1,2026-01-31,'));
    await upload('incoming/p1.vcf', vcf([{ pos: 100 }, { pos: 200 }, { pos: 300 }]));
    const { study } = await runJob(pipeline, jobs[0]!);
    expect(await positions(study)).toBe(1);
  });

  it.each([
    ['nowhere.vcf,P1,GRCh38,T1,2026-01-31,', /incoming\/m\.csv: incoming\/nowhere\.vcf is not in the bucket/],
    ['../studies/x.vcf,P1,GRCh38,T1,2026-01-31,', /outside incoming\//],
    ['/etc/passwd,P1,GRCh38,T1,2026-01-31,', /outside incoming\//],
    ['p1.vcf,P1,GRCh39,T1,2026-01-31,', /m\.csv, line 2: assembly 'GRCh39'/],
    ['p1.vcf,P 1,GRCh38,T1,2026-01-31,', /m\.csv, line 2/],
  ])('with %s is refused with a reason', async (row, reason) => {
    await upload('incoming/p1.vcf', vcf([{ pos: 100 }]));
    const failure = planManifest(pipeline, await manifest('incoming/m.csv', row));
    await expect(failure).rejects.toThrow(InvalidInputError);
    await expect(failure).rejects.toThrow(reason);
  });

  it('that names a file that is not there is refused the same where S3 does not say so', async () => {
    await upload('incoming/p1.vcf.tbi', 'not it');
    cloud.s3.hidesAbsence = true;
    const failure = planManifest(pipeline, await manifest('incoming/m.csv', 'p1.vcf,P1,GRCh38,T1,2026-01-31,'));
    await expect(failure).rejects.toThrow('incoming/p1.vcf is not in the bucket');
  });

  it('anywhere else, or of another kind, is none', async () => {
    for (const key of ['studies/m.csv', 'incoming/p1.vcf', 'incoming/../studies/m.csv']) {
      await upload(key, HEADER);
      await expect(planManifest(pipeline, { key })).rejects.toThrow(InvalidInputError);
    }
  });

  it('with a poisoned file leaves the archive as it was, and says which file and line', async () => {
    await upload('incoming/p1.vcf', `${vcf([{ pos: 100 }])}chr1\tnot a position\n`);
    const [job] = await planManifest(pipeline, await manifest('incoming/m.csv', 'p1.vcf,P1,GRCh38,T1,2026-01-31,'));
    await expect(runJob(pipeline, job!)).rejects.toThrow(/p1\.vcf, line \d+/);
    expect(await archive.admin.study(job!.study)).toBeUndefined();
    expect(await archive.ports.studies.subject('P1')).toBeUndefined();
    expect([...cloud.s3.objects.keys()].filter((key) => !key.startsWith('incoming/'))).toEqual([]);
  });
});

describe('an event', () => {
  it('that is delivered again changes nothing, even after the study was deleted', async () => {
    await upload('incoming/p1.vcf', vcf([{ pos: 100 }]));
    const uploaded = await manifest('incoming/m.csv', 'p1.vcf,P1,GRCh38,T1,2026-01-31,');
    const [report] = await runAll(uploaded);
    const before = cloud.s3.requests.length;
    expect(await runAll(uploaded)).toEqual([{ study: report?.study, status: 'superseded' }]);
    expect(cloud.s3.requests.slice(before).filter((request) => request.startsWith('PUT'))).toEqual([]);
    await archive.admin.remove(String(report?.study));
    await runAll(uploaded);
    expect(await archive.admin.study(String(report?.study))).toBeUndefined();
    // Whoever wants it back uploads the manifest again.
    expect(await runAll(await manifest('incoming/m.csv', 'p1.vcf,P1,GRCh38,T1,2026-01-31,'))).toMatchObject([
      { status: 'committed' },
    ]);
  });

  it('that comes late does not undo a later amendment', async () => {
    await upload('incoming/old.vcf', vcf([{ pos: 100 }]));
    await upload('incoming/new.vcf', vcf([{ pos: 100 }, { pos: 200 }]));
    const older = await manifest('incoming/1.replace.csv', 'old.vcf,P1,GRCh38,T1,2026-01-31,');
    const [oldJob] = await planManifest(pipeline, older);
    const newer = await manifest('incoming/2.replace.csv', 'new.vcf,P1,GRCh38,T1,2026-01-31,');
    const [report] = await runAll(newer);
    expect(await runJob(pipeline, oldJob!)).toEqual({ study: report?.study, status: 'superseded' });
    expect(await positions(oldJob!.study)).toBe(2);
  });

  it.each([1, 2, 3])('beside others of the same study, all at once, leaves what was uploaded last (%i)', async () => {
    const jobs: Job[] = [];
    for (const n of [1, 2, 3]) {
      await upload(`incoming/${n}.vcf`, vcf(Array.from({ length: n }, (_, i) => ({ pos: 100 * (i + 1) }))));
      const uploaded = await manifest(`incoming/${n}.replace.csv`, `${n}.vcf,P1,GRCh38,T1,2026-01-31,`);
      jobs.push(...(await planManifest(pipeline, uploaded)));
    }
    // As Step Functions does: again, until the job ends.
    const retried = async (job: (typeof jobs)[number]): Promise<void> => {
      for (let attempt = 1; ; attempt++) {
        try {
          await runJob(pipeline, job);
          return;
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'ConflictError' || attempt === 10) throw error;
        }
      }
    };
    await Promise.all([...jobs, ...jobs].map(retried));
    expect(await positions(jobs[0]!.study)).toBe(3);
  });

  it('with files for a study that exists is refused unless it says what to do', async () => {
    await upload('incoming/1.vcf', vcf([{ pos: 100 }]));
    await upload('incoming/2.vcf', vcf([{ pos: 200 }]));
    await runAll(await manifest('incoming/m.csv', '1.vcf,P1,GRCh38,T1,2026-01-31,'));
    const other = await manifest('incoming/m2.csv', '2.vcf,P1,GRCh38,T1,2026-01-31,');
    await expect(runAll(other)).rejects.toThrow(/exists with other inputs/);
    const [report] = await runAll(await manifest('incoming/m2.add.csv', '2.vcf,P1,GRCh38,T1,2026-01-31,'));
    expect(await positions(String(report?.study))).toBe(2);
  });
});

describe('the functions', () => {
  const event = (key: string) => ({ detail: { object: { key } } }) as Parameters<ReturnType<typeof planLambda>>[0];

  it('take the event that EventBridge sends, and tell people what is wrong', async () => {
    await upload('incoming/m.csv', `${HEADER}\nx.vcf,P1,GRCh38,T1,2026-01-31,\n`);
    await expect(planLambda(pipeline)(event('incoming/m.csv'))).rejects.toThrow(/x\.vcf is not in the bucket/);
  });

  it('keep what no one wrote for people to themselves', async () => {
    const broken: Pipeline = {
      ...pipeline,
      incoming: { ...pipeline.incoming, look: () => Promise.reject(new TypeError('P1 has 0/1 at chr1:100')) },
    };
    await expect(planLambda(broken)(event('incoming/m.csv'))).rejects.toThrow(/^an internal fault \(TypeError\)$/);
  });

  it('say so when a file has gone since the manifest was read', async () => {
    await upload('incoming/p1.vcf', vcf([{ pos: 100 }]));
    const [job] = await planManifest(pipeline, await manifest('incoming/m.csv', 'p1.vcf,P1,GRCh38,T1,2026-01-31,'));
    const gone = { ...job!, files: [{ key: 'incoming/p1.vcf', versionId: 'v999' }] };
    await expect(runJob(pipeline, gone)).rejects.toThrow(NotFoundError);
  });
});
