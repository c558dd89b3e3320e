import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { genomics, startGenomics } from '../support/command-line.ts';

const DEMO = 'demo/cyp2c19.grch38.vcf';
const TEST = ['--assembly', 'GRCh38', '--test-id', 't1', '--test-date', '2024-01-31', '--source-class', 'germline'];
const RANGE = 'NC_000010.11:94762680-94855547';

describe('the command line beside a running server', () => {
  let data: string;
  let base: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'command-line-'));
    const { child, outcome } = startGenomics('serve', '--auth', 'off', '--data', data, '--port', '0');
    base = await new Promise((resolve, reject) => {
      let greeting = '';
      child.stdout?.on('data', (text: string) => {
        greeting += text;
        const url = /FHIR base URL\s+(\S+)/.exec(greeting)?.[1];
        if (url !== undefined) resolve(url);
      });
      child.once('close', (status) => reject(new Error(`the server ended with ${status}: ${greeting}`)));
    });
    stop = async () => {
      child.kill('SIGTERM');
      await outcome;
    };
  });

  afterAll(async () => {
    await stop();
    rmSync(data, { recursive: true, force: true });
  });

  const ask = (subject: string): Promise<Response> =>
    fetch(`${base}/$find-subject-variants?subject=${subject}&ranges=${RANGE}`);

  const ingest = (file: string, ...more: string[]) =>
    genomics('ingest', file, '--data', data, '--sample', 'demo-cyp2c19', ...TEST, ...more);

  it('shows what was ingested meanwhile, without a restart', async () => {
    expect((await ask('s1')).status).toBe(404);
    const { status, stderr } = await ingest(DEMO, '--subject', 's1');
    expect(stderr).toContain('s1_t1_GRCh38: version 1, 1 subject');
    expect(status).toBe(0);
    const answer = await ask('s1');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      parameter: [{ part: [{ valueString: RANGE }, { valueBoolean: true }] }],
    });
  });

  it('changes nothing for the same files, and refuses others without --add or --replace', async () => {
    expect((await ingest(DEMO, '--subject', 's1')).stderr).toContain('unchanged');
    const other = await ingest(DEMO, '--subject', 's1', '--sex', 'male');
    expect(other.status).toBe(1);
    expect(other.stderr).toMatch(/^error: .*--add.*--replace/);
    expect((await ingest(DEMO, '--subject', 's1', '--sex', 'male', '--replace')).stderr).toContain('version 2');
  });

  it('says in one line what is wrong, with file and line, and leaves the archive as it was', async () => {
    const bad = join(data, 'bad.vcf');
    writeFileSync(
      bad,
      '##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tdemo-cyp2c19\n1\tx\t.\tA\tC\t.\t.\t.\tGT\t0/1\n',
    );
    const before = (await genomics('studies', 'list', '--data', data)).stdout;
    const { status, stderr } = await ingest(bad, '--subject', 's2');
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^error: bad\.vcf, line 3: /);
    expect((await genomics('studies', 'list', '--data', data)).stdout).toBe(before);
    expect((await ask('s2')).status).toBe(404);
  });

  it.each([
    [['ingest', DEMO, '--subject', 's1'], /--assembly/],
    [['ingest', DEMO, ...TEST], /--subject ID or --all-samples/],
    [['ingest', DEMO, ...TEST, '--subject', 'a b'], /--sample-map/],
    [['ingest', 'nothing-here.vcf', ...TEST, '--subject', 's3'], /nothing-here\.vcf/],
    [['ingest', '--manifest', 'demo/subjects.csv', '--add', '--replace'], /exclude each other/],
    [['studies', 'show', 'nothing'], /no study 'nothing'/],
    [['serve', '--issuer', 'https://issuer.example', '--port', '0'], /needs an audience or clientIds/],
    [['serve', '--issuer', 'http://issuer.example', '--audience', 'a'], /--issuer\.issuer has to be/],
    [['serve', '--auth', 'off', '--issuer', 'https://issuer.example', '--port', '0'], /go with --auth on/],
    [['serve', '--auth', 'off', '--host', '0.0.0.0', '--port', '0'], /without authorization/],
    [['serve', '--host', '0.0.0.0', '--port', '0'], /other machines reach 0\.0\.0\.0/],
    [['serve', '--base-url', 'https://genomics.example/fhir', '--port', '0'], /stands before this server/],
  ])('%j is refused with a reason', async (args, reason) => {
    const { status, stderr } = await genomics(...args, ...(args.includes('--data') ? [] : ['--data', data]));
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('registers a subject without data, who is then known and unknown of', async () => {
    const list = join(data, 'subjects.csv');
    writeFileSync(list, 'subject\nregistered-1\n');
    expect((await genomics('subjects', 'add', '--manifest', list, '--data', data)).status).toBe(0);
    expect(JSON.stringify(await (await ask('registered-1')).json())).toContain('"valueCode":"unknown"');
  });

  it('answers 503, never a negative, when a Parquet file is truncated or gone under the server', async () => {
    expect((await ingest(DEMO, '--subject', 's4')).status).toBe(0);
    const objects = join(data, 'objects');
    const names = readdirSync(objects, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.includes('s4_t1') && name.includes('chrom=10/variants'),
    );
    expect(names).toHaveLength(1);
    const file = join(objects, names[0] as string);
    truncateSync(file, 100);
    for (const breakIt of [() => undefined, () => rmSync(file)]) {
      breakIt();
      const answer = await ask('s4');
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ resourceType: 'OperationOutcome' });
      expect(answer.headers.get('retry-after')).not.toBeNull();
    }
    const verified = await genomics('verify', '--data', data);
    expect(verified.status).toBe(1);
    expect(verified.stdout).toContain('s4_t1_GRCh38');
    expect((await genomics('studies', 'delete', 's4_t1_GRCh38', '--data', data)).status).toBe(0);
    expect((await genomics('verify', '--data', data)).status).toBe(0);
    expect((await ask('s4')).status).toBe(404);
  });

  it('prints the OpenAPI document', async () => {
    const { stdout } = await genomics('openapi');
    expect(JSON.parse(stdout)).toMatchObject({ openapi: '3.1.0' });
  });
});
