import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../lib/ingest/manifest.ts';
import { readSampleMap } from '../../lib/ingest/sample-map.ts';

const folder = mkdtempSync(join(tmpdir(), 'manifest-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (text: string | Buffer): string => {
  const path = join(folder, 'manifest.csv');
  writeFileSync(path, text);
  return path;
};

const HEADER = 'file,subject,assembly,test_id,test_date';

describe('readManifest', () => {
  it('makes one request per study', async () => {
    const requests = await readManifest(
      written(
        [
          `${HEADER},sample,source_class,change_types,sex,studied,specimen_id,uncallable`,
          'a.vcf,P1,GRCh38,T1,2026-01-31,TUMOR,somatic,"SNV,DEL",female,beds/panel.bed,sp1,',
          '/data/b.vcf,P1,GRCh38,T1,2026-01-31,,germline,,,,,gaps.bed',
          'c.vcf,P2,GRCh38,T1,2026-01-31,,,,,,,',
          'all.vcf,,GRCh37,T1,2025-01-01,*,,,,,,',
          '',
        ].join('\r\n'),
      ),
    );
    expect(requests).toEqual([
      {
        assembly: 'GRCh38',
        testId: 'T1',
        testDate: '2026-01-31',
        mode: 'create',
        inputs: [
          {
            file: join(folder, 'a.vcf'),
            subject: 'P1',
            sample: 'TUMOR',
            sourceClass: 'somatic',
            changeTypes: ['SNV', 'DEL'],
            sex: 'female',
            studied: join(folder, 'beds/panel.bed'),
            specimen: 'sp1',
          },
          { file: '/data/b.vcf', subject: 'P1', sourceClass: 'germline', uncallable: join(folder, 'gaps.bed') },
        ],
      },
      {
        assembly: 'GRCh38',
        testId: 'T1',
        testDate: '2026-01-31',
        mode: 'create',
        inputs: [{ file: join(folder, 'c.vcf'), subject: 'P2' }],
      },
      {
        assembly: 'GRCh37',
        testId: 'T1',
        testDate: '2025-01-01',
        mode: 'create',
        inputs: [{ file: join(folder, 'all.vcf'), allSamples: true }],
      },
    ]);
  });

  it('reads quoted values with commas, quotes and line ends', async () => {
    const text = `\uFEFF${HEADER}\n"a ""b"", c.vcf",P1,GRCh38,"T\n1",2026-01-31\nb.vcf,P1,GRCh38,T2,2026-01-31`;
    const requests = await readManifest(written(text));
    expect(requests.map(({ testId, inputs }) => [testId, inputs[0]?.file])).toEqual([
      ['T\n1', join(folder, 'a "b", c.vcf')],
      ['T2', join(folder, 'b.vcf')],
    ]);
  });

  it.each<[string, string | Buffer, RegExp]>([
    [
      'an unknown column',
      `${HEADER},colour\n`,
      /manifest\.csv, line 1: unknown column 'colour'; known are file, subject/,
    ],
    ['a column twice', `${HEADER},file\n`, /line 1: column file stands twice/],
    [
      'a value too many',
      `${HEADER}\na,P1,GRCh38,T1,2026-01-31,x\n`,
      /line 2: 6 values, but the header names 5 columns/,
    ],
    ['no assembly', `${HEADER}\na,P1,,T1,2026-01-31\n`, /line 2: assembly is missing/],
    [
      'another assembly',
      `${HEADER}\na,P1,hg19,T1,2026-01-31\n`,
      /line 2: assembly 'hg19' is neither GRCh37 nor GRCh38/,
    ],
    ['no subject', `${HEADER}\na,,GRCh38,T1,2026-01-31\n`, /line 2: subject is missing/],
    ['a subject that is no id', `${HEADER}\na,P_1,GRCh38,T1,2026-01-31\n`, /line 2: 'P_1' cannot be a subject id/],
    [
      'two dates of one test',
      `${HEADER}\na,P1,GRCh38,T1,2026-01-31\n\nb,P1,GRCh38,T1,2026-02-01\n`,
      /line 4: test_date 2026-02-01, but line 2 says 2026-01-31/,
    ],
    ['an open quote', `${HEADER}\n"a,P1\n`, /line 2: a quote is not closed/],
    ['text after a quote', `${HEADER}\n"a"b,P1\n`, /line 2: text after a closing quote/],
    ['bytes that are not UTF-8', Buffer.from(`${HEADER}\nJos\xe9.vcf`, 'latin1'), /not UTF-8/],
    ['nothing', '', /line 1: the file is empty/],
    [
      'a class of its own',
      `${HEADER},source_class\na,P1,GRCh38,T1,2026-01-31,tumor\n`,
      /source_class 'tumor' is neither/,
    ],
    [
      'a change type of its own',
      `${HEADER},change_types\na,P1,GRCh38,T1,2026-01-31,SNP\n`,
      /change type 'SNP' is none of SNV/,
    ],
    ['a subject for all samples', `${HEADER},sample\na,P1,GRCh38,T1,2026-01-31,*\n`, /leave subject empty/],
  ])('refuses %s', async (_name, text, message) => {
    await expect(readManifest(written(text))).rejects.toThrow(message);
  });

  it('says which file is not there', async () => {
    await expect(readManifest(join(folder, 'none.csv'))).rejects.toThrow(/none\.csv cannot be read/);
  });
});

describe('readSampleMap', () => {
  it('reads owners by sample', async () => {
    const map = await readSampleMap(written('sample,subject,specimen_id,sex\nNA1,a,sp1,male\n"NA,2",b,,\n'));
    expect([...map]).toEqual([
      ['NA1', { subject: 'a', specimen: 'sp1', sex: 'male' }],
      ['NA,2', { subject: 'b' }],
    ]);
  });

  it.each([
    ['a sample twice', 'sample,subject\nA,a\nA,b\n', /line 3: sample 'A' is listed twice/],
    ['no subject', 'sample,subject\nA,\n', /line 2: a row needs sample and subject/],
    ['a sex of its own', 'sample,subject,sex\nA,a,m\n', /sex 'm' is neither male nor female/],
    ['an id that is none', 'sample,subject\nA,a b\n', /'a b' cannot be a subject id/],
  ])('refuses %s', async (_name, text, message) => {
    await expect(readSampleMap(written(text))).rejects.toThrow(message);
  });
});
