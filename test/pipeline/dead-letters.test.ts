import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jobLambda, planLambda } from '../../lib/pipeline/lambda.ts';
import type { Job } from '../../lib/pipeline/plan.ts';
import type { Pipeline } from '../../lib/pipeline/ports.ts';
import { addStacks } from '../../lib/stacks/stacks.ts';
import { awsPipeline, openAwsArchive } from '../../lib/store/aws.ts';
import { BUCKET, type Cloud, startCloud } from '../support/cloud.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';
import { deadLetterOf, type State, statesOf } from '../support/states.ts';
import { vcf } from '../support/vcf-builder.ts';

const HEADER = 'file,subject,sample,assembly,test_id,test_date';
const KEY = 'incoming/lab/m.csv';

describe.skipIf(!hasLinuxBinding('the dead-letter queue'))('what an operator reads in the dead-letter queue', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'genomics-dead-letters-'));
  let states: Readonly<Record<string, State>>;
  let cloud: Cloud;
  let pipeline: Pipeline;
  beforeAll(() => {
    const { ingest } = addStacks(new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } }));
    states = statesOf(ingest);
  });
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));
  beforeEach(async () => {
    cloud = await startCloud();
    pipeline = awsPipeline(cloud.env);
  });
  afterEach(() => cloud.close());

  async function put(key: string, body: string): Promise<string> {
    const response = await fetch(`${cloud.s3.endpoint}/${BUCKET}/${key}`, { method: 'PUT', body });
    return String(response.headers.get('x-amz-version-id'));
  }

  type PlanEvent = Parameters<ReturnType<typeof planLambda>>[0];
  const eventOf = (key: string, version: string) =>
    ({ detail: { bucket: { name: BUCKET }, object: { key, 'version-id': version } } }) as unknown as PlanEvent;

  async function jobsOf(...rows: string[]): Promise<readonly Job[]> {
    const version = await put(KEY, [HEADER, ...rows, ''].join('\n'));
    return planLambda(pipeline)(eventOf(KEY, version));
  }

  const letter = (job: Job, through = pipeline) =>
    deadLetterOf(states, 'InFunction', job, () => jobLambda(through)(job));
  const reasonOf = (message: Readonly<Record<string, string>>): string =>
    String(JSON.parse(message['reason'] ?? '').errorMessage);

  it('of a file that is wrong: manifest, version, study, file, line, and what to do; at once, and without a genotype', async () => {
    const wrong = vcf([{ pos: 100 }, { pos: 200, samples: ['0/7'] }]);
    await put('incoming/lab/p1.vcf', wrong);
    const [job] = await jobsOf('p1.vcf,P1,,GRCh38,T1,2026-01-31');
    const { attempts, message } = await letter(job!);
    expect(attempts).toBe(1);
    expect(message).toMatchObject({
      manifest: KEY,
      version: job!.manifest.versionId,
      study: 'P1_T1_GRCh38',
      error: 'InvalidInputError',
    });
    const line = wrong.split('\n').findIndex((text) => text.includes('0/7')) + 1;
    expect(reasonOf(message)).toBe(`p1.vcf, line ${line}: a sample's GT names an allele beyond the 1 of ALT`);
    expect(JSON.stringify(message)).not.toContain('0/7');
    await put('incoming/lab/p1.vcf', vcf([{ pos: 100, samples: ['0/secret'] }]));
    const [other] = await jobsOf('p1.vcf,P1,,GRCh38,T2,2026-01-31');
    expect(JSON.stringify((await letter(other!)).message)).not.toContain('secret');
  });

  it('of a poison file beside sound ones: only its own study is missing', async () => {
    await put('incoming/lab/good.vcf', vcf([{ pos: 100 }]));
    await put('incoming/lab/bad.vcf', `${vcf([{ pos: 100 }])}chr1\tx\n`);
    const jobs = await jobsOf('bad.vcf,P1,,GRCh38,T1,2026-01-31', 'good.vcf,P2,,GRCh38,T1,2026-01-31');
    expect(reasonOf((await letter(jobs[0]!)).message)).toMatch(/^bad\.vcf, line \d+: /);
    expect(await jobLambda(pipeline)(jobs[1]!)).toMatchObject({ status: 'committed' });
    await using archive = await openAwsArchive(cloud.env);
    expect(await archive.ports.studies.subject('P1')).toBeUndefined();
    expect((await archive.ports.studies.subject('P2'))?.studies).toHaveLength(1);
  });

  it.each([
    [
      'names a file that is not there',
      'p9.vcf,P1,,GRCh38,T1,2026-01-31',
      'incoming/lab/m.csv: incoming/lab/p9.vcf is not in the bucket; upload it, then the manifest again',
    ],
    [
      'has a wrong row',
      'p1.vcf,P1,,GRCh39,T1,2026-01-31',
      "m.csv, line 2: assembly 'GRCh39' is neither GRCh37 nor GRCh38",
    ],
    ['has a row that is too short', 'p1.vcf,P1', 'm.csv, line 2: 2 values, but the header names 6 columns'],
  ])('of a manifest that %s', async (_, row, reason) => {
    await put('incoming/lab/p1.vcf', vcf([{ pos: 100 }]));
    const event = eventOf(KEY, await put(KEY, [HEADER, row, ''].join('\n')));
    const { attempts, message } = await deadLetterOf(states, 'Plan', event, () => planLambda(pipeline)(event));
    expect(attempts).toBe(1);
    expect(message).toMatchObject({
      manifest: KEY,
      version: event.detail.object['version-id'],
      error: 'InvalidInputError',
    });
    expect(reasonOf(message)).toBe(reason);
  });

  it('of an erased subject, whose data are not let in', async () => {
    await put('incoming/lab/p1.vcf', vcf([{ pos: 100 }]));
    for (const job of await jobsOf('p1.vcf,P1,,GRCh38,T1,2026-01-31')) await jobLambda(pipeline)(job);
    await using archive = await openAwsArchive(cloud.env);
    await archive.admin.erase('P1');
    await put('incoming/lab/p1.vcf', vcf([{ pos: 100 }]));
    const [job] = await jobsOf('p1.vcf,P1,,GRCh38,T1,2026-01-31');
    const { message } = await letter(job!);
    expect(message['error']).toBe('ConflictError');
    expect(reasonOf(message)).toBe("the subject 'P1' was erased; --readmit loads data of an erased subject again");
  });

  it('of an archive that is out of reach: after six attempts, to be uploaded again', async () => {
    await put('incoming/lab/p1.vcf', vcf([{ pos: 100 }]));
    const [job] = await jobsOf('p1.vcf,P1,,GRCh38,T1,2026-01-31');
    cloud.s3.faults.push(...Array.from({ length: 100 }, () => 'error 403' as const));
    const { attempts, message } = await letter(job!);
    expect(attempts).toBe(6);
    expect(message['error']).toBe('UnavailableError');
    expect(reasonOf(message)).toBe('a file of the archive could not be read');
  });

  it('of a fault of ours: its kind, and nothing that a file says of anybody', async () => {
    await put('incoming/lab/p1.vcf', vcf([{ pos: 100 }]));
    const [job] = await jobsOf('p1.vcf,P1,,GRCh38,T1,2026-01-31');
    const sequences = () => Promise.reject(new TypeError('P1 has 0/1 at chr1:100'));
    const { message } = await letter(job!, { ...pipeline, sequences });
    expect(reasonOf(message)).toBe('an internal fault (TypeError)');
    expect(message['reason']).not.toContain('chr1');
  });
});
