import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import { type SubjectUploads, subjectUploads } from '../../lib/pipeline/subject-uploads.ts';
import { vcfSamples } from '../../lib/pipeline/vcf-samples.ts';
import { vcf } from '../support/vcf-builder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-uploads-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* cut(bytes: Uint8Array, size = 100): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What is found of P1 among uploads by key; several versions as a list. */
function find(
  files: Readonly<Record<string, string | Buffer | readonly (string | Buffer)[]>>,
): Promise<SubjectUploads> {
  const versions = Object.entries(files).flatMap(([key, content]) =>
    (Array.isArray(content) ? content : [content]).map((one) => ({ key, body: Buffer.from(one), bytes: one.length })),
  );
  const uploads = {
    async *versions(prefix: string) {
      yield* versions.filter(({ key }) => key.startsWith(prefix));
    },
    read: ({ body }: (typeof versions)[number]) => cut(body),
  };
  return subjectUploads(uploads, 'P1', folder);
}

const keysOf = async (files: Parameters<typeof find>[0]): Promise<string[]> => [...(await find(files)).keys].toSorted();
const HEADER = 'file,subject,sample,assembly,test_id,test_date,studied,uncallable';
const sheet = (...rows: string[]): string => [HEADER, ...rows, ''].join('\n');
const one = (...samples: string[]): string => vcf([{ pos: 1 }], { samples });

describe('the uploads of a subject', () => {
  it('are the manifests that name it, the files of its rows and what lies beside them', async () => {
    expect(
      await keysOf({
        'incoming/a/m.csv': sheet('x.vcf,P1,,GRCh38,T,2026-01-31,p.bed,u.bed', 'y.vcf,P2,,GRCh38,T,2026-01-31,p.bed,'),
        'incoming/a/x.vcf': one('S'),
        'incoming/a/x.vcf.tbi': 'x',
        'incoming/a/y.vcf': one('S'),
        'incoming/a/p.bed': 'b',
        'incoming/a/u.bed': 'b',
        'incoming/x.vcf': one('S'),
      }),
    ).toEqual(['incoming/a/m.csv', 'incoming/a/u.bed', 'incoming/a/x.vcf', 'incoming/a/x.vcf.tbi']);
  });

  it('are nobody else’s whose id only looks alike', async () => {
    expect(
      await keysOf({
        'incoming/m.csv': sheet('P1.vcf,P11,P1,GRCh38,T,2026-01-31,,', 'z.vcf,P1.0,,GRCh38,T,2026-01-31,,'),
        'incoming/P1.vcf': one('P1'),
        'incoming/z.vcf': one('P1'),
        'incoming/P11.bed': 'b',
        'incoming/w.vcf': one('P11', 'xP1'),
      }),
    ).toEqual([]);
  });

  it('are files of many samples that have its own, named by rows of other subjects too', async () => {
    expect(
      await keysOf({
        'incoming/m.csv': sheet('c.vcf,P1,S1,GRCh38,T,2026-01-31,,', 'c.vcf,P2,S2,GRCh38,T,2026-01-31,,'),
        'incoming/c.vcf': one('S1', 'S2'),
        'incoming/all.csv': sheet('d.vcf.gz,,*,GRCh38,C,2026-01-31,d.bed,'),
        'incoming/d.vcf.gz': gzipSync(one('P0', 'P1')),
        'incoming/d.bed': 'b',
      }),
    ).toEqual(['incoming/c.vcf', 'incoming/d.bed', 'incoming/d.vcf.gz', 'incoming/m.csv']);
  });

  it('are found in any version of a manifest, and of a file', async () => {
    expect(
      await keysOf({
        'incoming/m.csv': [sheet('x.vcf,P1,,GRCh38,T,2026-01-31,,'), sheet('y.vcf,P2,,GRCh38,T,2026-01-31,,')],
        'incoming/x.vcf': one('S'),
        'incoming/y.vcf': one('S'),
        'incoming/loose.vcf': [one('P1'), one('P2')],
      }),
    ).toEqual(['incoming/loose.vcf', 'incoming/m.csv', 'incoming/x.vcf']);
  });

  it.each([
    ['semicolons', 'file;subject\nx.vcf;P1\ny.vcf;P2\n'],
    ['UTF-16', Buffer.from('\uFEFFfile,subject\r\nx.vcf,P1\r\ny.vcf,P2\r\n', 'utf16le')],
    ['a wrong row', `${sheet('y.vcf,P2,,GRCh38,T,2026-01-31,,', 'x.vcf,P1,,GRCh39,T,2026-01-31,,')}`],
    ['an open quote', `${HEADER}\n"x.vcf,P1,,GRCh38,T,2026-01-31,,\ny.vcf,P2,`],
  ])('are found by the lines of a manifest that can not be read: %s', async (_, text) => {
    const files = { 'incoming/b/m.csv': text, 'incoming/b/x.vcf': one('S'), 'incoming/b/y.vcf': one('S') };
    expect(await keysOf(files)).toEqual(['incoming/b/m.csv', 'incoming/b/x.vcf']);
  });

  it('are not written outside the folder, whatever a key says', async () => {
    await keysOf({ 'incoming/../../escaped/m.csv': sheet('x.vcf,P1,,GRCh38,T,2026-01-31,,'), 'incoming//a.csv': 'P1' });
    expect(await readdir(folder)).toEqual(['manifest.csv']);
    expect(await readdir(dirname(folder))).not.toContain('escaped');
  });

  it('are not guessed: a file that nobody names and that can not be read is told', async () => {
    const whole = gzipSync(one('P1'));
    const { keys, unread } = await find({
      'incoming/cut.vcf.gz': whole.subarray(0, 20),
      'incoming/text.vcf': 'no VCF',
      'incoming/empty.vcf': '',
      'incoming/named.vcf': 'no VCF',
      'incoming/m.csv': sheet('named.vcf,P2,,GRCh38,T,2026-01-31,,'),
    });
    expect([...keys]).toEqual([]);
    expect(unread.toSorted()).toEqual(['incoming/cut.vcf.gz', 'incoming/empty.vcf', 'incoming/text.vcf']);
  });
});

describe('the samples of a VCF', () => {
  test.prop([
    fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/), { maxLength: 50 }),
    fc.integer({ min: 1, max: 300 }),
    fc.boolean(),
    fc.constantFrom('\n', '\r\n'),
  ])('are its column line’s, however it arrives', async (samples, size, zipped, end) => {
    const text = Buffer.from(vcf([{ pos: 1 }], { samples }).replaceAll('\n', end));
    expect(await vcfSamples(cut(zipped ? gzipSync(text) : text, size))).toEqual(samples);
  });

  it('end the reading', async () => {
    let given = 0;
    async function* endless() {
      for (yield Buffer.from(one('A')); ; given++) yield Buffer.alloc(1_000, 'x');
    }
    expect(await vcfSamples(endless())).toEqual(['A']);
    expect(given).toBeLessThan(100);
  });

  it('are an error when the bytes can not be had', async () => {
    async function* broken(first: Buffer) {
      yield first;
      throw new UnavailableError('gone');
    }
    await expect(vcfSamples(broken(Buffer.from('##fileformat=VCFv4.2\n')))).rejects.toThrow(UnavailableError);
    await expect(vcfSamples(broken(gzipSync(one('A')).subarray(0, 20)))).rejects.toThrow(UnavailableError);
  });
});
