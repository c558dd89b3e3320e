import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError } from '../../lib/genomics/errors.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { studyIdOf } from '../../lib/ingest/study-id.ts';
import { type IngestArchive, ingestArchive } from '../support/ingest-archive.ts';
import { vcf } from '../support/vcf-builder.ts';

let archive: IngestArchive;
const archives: IngestArchive[] = [];
beforeEach(() => {
  archive = ingestArchive();
  archives.push(archive);
});
afterAll(() => {
  for (const made of archives) made.remove();
});

const one = vcf([{ pos: 100 }]);
const other = vcf([{ pos: 300 }]);
const starts = async () => (await archive.rows('variants')).map(({ input, start0 }) => `${input}:${start0}`);

describe('the same inputs again', () => {
  it('change nothing', async () => {
    const file = archive.file('one.vcf', one);
    await archive.load(file);
    const before = archive.hash();
    expect(await archive.load(file)).toMatchObject({ status: 'unchanged', version: 1, study: 'P1_T1_GRCh38' });
    expect(archive.hash()).toBe(before);
    expect(await archive.load(file, {}, { mode: 'replace' })).toMatchObject({ status: 'unchanged' });
    expect(await archive.load(file, {}, { mode: 'add' })).toMatchObject({ status: 'unchanged' });
  });

  it.each([
    ['sex', { sex: 'male' as const }, {}],
    ['source class', { sourceClass: 'somatic' as const }, {}],
    ['specimen', { specimen: 'sp1' }, {}],
    ['change types', { changeTypes: ['SNV' as const] }, {}],
    ['test date', {}, { testDate: '2026-02-01' }],
    ['block quality', {}, { blockQuality: 30 }],
  ])('are others when the %s differs', async (_name, input, request) => {
    const file = archive.file('one.vcf', one);
    await archive.load(file);
    await expect(archive.load(file, input, request)).rejects.toThrow(ConflictError);
  });

  it('are others with another BED', async () => {
    const file = archive.file('one.vcf', one);
    await archive.load(file, { studied: archive.file('a.bed', 'chr1\t1\t2\n') });
    await expect(archive.load(file, { studied: archive.file('b.bed', 'chr1\t1\t3\n') })).rejects.toThrow(ConflictError);
    expect(await archive.load(file, { studied: archive.file('c.bed', 'chr1\t1\t2\n') })).toMatchObject({
      status: 'unchanged',
    });
  });
});

describe('other inputs', () => {
  it('are added with --add, beside the old files', async () => {
    await archive.load(one);
    const added = await archive.load(other, { sourceClass: 'somatic' }, { mode: 'add' });
    expect(added).toMatchObject({ status: 'committed', version: 2, subjects: 1 });
    expect(await starts()).toEqual(['0:99', '1:299']);
    const [study] = archive.studies.values();
    expect(study?.subjects.get('P1')?.map(({ input }) => input)).toEqual([0, 1]);
    expect(study?.files.map(({ key }) => key.split('/')[2]?.split('-')[0])).toEqual(['v=1', 'v=1', 'v=2', 'v=2']);
    expect(new Set(study?.files.map(({ key }) => key)).size).toBe(4);
  });

  it('already there are not added twice', async () => {
    const first = archive.file('one.vcf', one);
    await archive.load(first);
    const inputs = [first, archive.file('other.vcf', other)].map((file) => ({
      file,
      subject: 'P1',
      sourceClass: 'germline' as const,
    }));
    await archive.load(first, {}, { mode: 'add', inputs });
    expect(await starts()).toEqual(['0:99', '1:299']);
  });

  it('take the place of the old ones with --replace', async () => {
    await archive.load(one);
    await archive.load(other, {}, { mode: 'replace', testDate: '2026-03-01' });
    expect(await starts()).toEqual(['0:299']);
    expect([...archive.studies.values()][0]?.study).toMatchObject({ version: 2, testDate: '2026-03-01' });
  });

  it('of another assembly are never added', async () => {
    await archive.load(one, {}, { study: 's' });
    const text = vcf([{ pos: 100 }], { meta: [] });
    await expect(archive.load(text, {}, { study: 's', mode: 'add', assembly: 'GRCh37' })).rejects.toThrow(
      /can't be added/,
    );
  });

  it('listed twice are refused', async () => {
    const inputs = [one, one].map((text) => ({ file: archive.file('x.vcf', text), subject: 'P1' }));
    const before = archive.hash();
    await expect(archive.load(one, {}, { inputs })).rejects.toThrow(/listed twice/);
    expect(archive.hash()).toBe(before);
  });
});

describe('files as committed', () => {
  it('state what they hold', async () => {
    await archive.load(vcf([{ pos: 100, ref: 'ACGT', alt: 'A' }, { pos: 300 }, { chrom: 'chr2', pos: 7 }]));
    const [study] = archive.studies.values();
    const files = study?.files.filter(({ kind }) => kind === 'variants');
    expect(files).toMatchObject([
      { chromosome: '1', input: 0, rows: 2, minStart0: 100, maxEnd0: 300, maxReach: 3 },
      { chromosome: '2', input: 0, rows: 1, minStart0: 6, maxEnd0: 7, maxReach: 1 },
    ]);
    for (const file of files ?? []) {
      expect(file.key).toMatch(/^studies\/P1_T1_GRCh38\/v=1-[0-9a-f]{8}\/chrom=[12]\/variants-0-0\.parquet$/);
      expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(file.bytes).toBeGreaterThan(0);
      expect(file).not.toHaveProperty('path');
    }
  });

  it('are not there when the commit fails', async () => {
    const file = archive.file('one.vcf', one);
    const failing = { ...archive, commit: async () => Promise.reject(new ConflictError('someone else was first')) };
    const request = { assembly: 'GRCh38', testId: 'T1', testDate: '2026-01-31', mode: 'create' } as const;
    await expect(ingest({ ...request, inputs: [{ file, subject: 'P1' }] }, failing)).rejects.toThrow(
      'someone else was first',
    );
    expect(archive.studies.size).toBe(0);
  });

  it('are reported while they are read', async () => {
    const seen: number[] = [];
    const file = archive.file('one.vcf', one);
    const request = { assembly: 'GRCh38', testId: 'T1', testDate: '2026-01-31', mode: 'create' } as const;
    await ingest({ ...request, inputs: [{ file, subject: 'P1' }] }, archive, {
      progress: ({ bytesRead, bytesTotal, records }) => seen.push(bytesRead / bytesTotal, records),
    });
    expect(seen).toEqual([1, 1]);
  });
});

describe('studyIdOf', () => {
  const request = { assembly: 'GRCh38', testId: 'T 1', testDate: '2026-01-31', mode: 'create' } as const;
  const of = (testId: string, subject?: string) =>
    studyIdOf({
      ...request,
      testId,
      inputs: [subject === undefined ? { file: 'x', allSamples: true } : { file: 'x', subject }],
    });

  it.each([
    ['T1', 'P1', 'P1_T1_GRCh38'],
    ['T1', undefined, 'T1_GRCh38'],
  ])('%s of %s', (testId, subject, id) => expect(of(testId, subject)).toBe(id));

  it('never gives two tests one id', () => {
    const ids = ['a/b', 'a b', 'a:b', 'a-b'].map((testId) => of(testId, 'P1'));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9._-]+$/);
  });
});
