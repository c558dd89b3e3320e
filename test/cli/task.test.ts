import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTask } from '../../layers/task/build.ts';
import { planManifest } from '../../lib/pipeline/plan.ts';
import { awsPipeline, openAwsArchive } from '../../lib/store/aws.ts';
import { LOCAL_TABLE } from '../../lib/store/local-dynamodb.ts';
import { BUCKET, type Cloud, startCloud } from '../support/cloud.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';
import { vcf } from '../support/vcf-builder.ts';

const run = promisify(execFile);

describe.skipIf(!hasLinuxBinding('the image of the tasks'))('what the image of the tasks runs', () => {
  let folder: string;
  let cloud: Cloud;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'genomics-task-'));
    buildTask(folder);
    cloud = await startCloud();
  });
  afterAll(async () => {
    await cloud?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const genomics = (...args: string[]) =>
    run(process.execPath, [join(folder, 'genomics.mjs'), ...args], {
      cwd: folder,
      env: { ...cloud.env, TMPDIR: folder, PATH: process.env['PATH'] ?? '' },
    });

  it('ingests a study of a manifest, from the bundle and what lies beside it alone', async () => {
    const put = (key: string, body: string) => fetch(`${cloud.s3.endpoint}/${BUCKET}/${key}`, { method: 'PUT', body });
    await put('incoming/p.vcf', vcf([{ pos: 100 }]));
    await put('incoming/m.csv', 'file,subject,assembly,test_id,test_date\np.vcf,P1,GRCh38,T1,2026-01-31\n');
    const [job] = await planManifest(awsPipeline(cloud.env), { key: 'incoming/m.csv' });
    const whereabouts = ['--bucket', BUCKET, '--table', LOCAL_TABLE];
    const { stdout } = await genomics('job', JSON.stringify(job), ...whereabouts);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'committed', version: 1 });
    await using archive = await openAwsArchive(cloud.env);
    expect((await archive.ports.studies.subject('P1'))?.studies).toHaveLength(1);
    expect((await genomics('verify', ...whereabouts)).stdout).toMatch(/0 problems/);
  });

  it('fails with one line that says why', async () => {
    const failure = genomics('job', '{', '--bucket', BUCKET, '--table', LOCAL_TABLE);
    await expect(failure).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: the job is not JSON\n$/),
    });
  });
});

describe('every command on an archive', () => {
  it('takes a bucket and a table, both or none', async () => {
    const cli = (...args: string[]) => run(process.execPath, ['bin/genomics.ts', ...args]);
    await expect(cli('studies', 'list', '--bucket', 'b')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/give both --bucket and --table/),
    });
    for (const command of [
      ['ingest'],
      ['subjects', 'add'],
      ['reference', 'add'],
      ['verify'],
      ['sweep'],
      ['renormalise'],
    ]) {
      expect((await cli(...command, '--help')).stdout, command.join(' ')).toMatch(
        /--bucket <name>[\s\S]*--table <name>/,
      );
    }
  });
});
