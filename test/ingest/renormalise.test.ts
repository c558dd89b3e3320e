import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError, InvalidInputError, NotFoundError, UnavailableError } from '../../lib/genomics/errors.ts';
import type { Sequences } from '../../lib/genomics/ports.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import type { RenormaliseArchive } from '../../lib/ingest/ports.ts';
import { renormalise } from '../../lib/ingest/renormalise.ts';
import type { IngestRequest } from '../../lib/ingest/request.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { genomics } from '../support/command-line.ts';
import { vcf } from '../support/vcf-builder.ts';
import { whole } from '../support/windows.ts';

/** On chr1 a deletion in a run of A (11 to 20), on chr2 substitutions only. */
const BASES = `CGTCGTCGTC${'A'.repeat(10)}${'GTC'.repeat(100)}`;
const RECORDS = vcf([
  { pos: 10, ref: 'CA', alt: 'C', samples: ['0/1'] },
  { pos: 24, ref: 'G', alt: 'T', samples: ['0/1'] },
  { chrom: 'chr2', pos: 5, samples: ['0/1'] },
]);

let local: TemporaryArchive;
const request = (mode: IngestRequest['mode'] = 'create'): IngestRequest => ({
  study: 'study',
  assembly: 'GRCh38',
  testId: 'T1',
  testDate: '2026-01-01',
  mode,
  inputs: [{ file: join(local.folder, 'input.vcf'), subject: 'S1', sourceClass: 'germline' }],
});
const named = (sequences: Sequences, release: string): Sequences => ({ ...sequences, release });
const reference = (bases = BASES): Sequences => named(whole('NC_000001.11', bases), 'first');

beforeEach(async () => {
  local = await temporaryArchive();
  writeFileSync(join(local.folder, 'input.vcf'), RECORDS);
  await ingest(request(), local.archive);
});
afterEach(() => local.remove());

const staged = (): string[] => readdirSync(join(local.folder, 'staging'));

describe('renormalising a study', () => {
  it('writes only the files that change, as a new version, and is done then', async () => {
    const before = await local.archive.study('study');
    expect(before?.study.inputs[0]?.counts).toEqual({ 'not-normalised': 1 });
    const seen: number[] = [];
    const report = await renormalise('study', local.archive, reference(), ({ filesDone }) => seen.push(filesDone));
    expect(report).toEqual({
      study: 'study',
      status: 'committed',
      version: 2,
      rewritten: 1,
      unnormalised: 0,
      mismatches: 0,
      examples: [],
    });
    expect(seen).toEqual([1, 2]);
    const after = await local.archive.study('study');
    expect(after?.study).toMatchObject({ version: 2, referenceRelease: 'first', subjects: 1 });
    expect(after?.study.inputs).toEqual([{ ...before?.study.inputs[0], counts: {} }]);
    expect(after?.subjects).toEqual(before?.subjects);
    const changed = after?.files.filter((file, i) => file.key !== before?.files[i]?.key);
    expect(changed).toMatchObject([
      { kind: 'variants', chromosome: '1', rows: 2, minStart0: 10, maxEnd0: 24, maxReach: 10, maxSlide: 9 },
    ]);
    expect((await local.admin.verify()).problems).toEqual([]);
    expect(await renormalise('study', local.archive, reference())).toMatchObject({ status: 'unchanged', version: 2 });
    expect(staged()).toEqual([]);
  });

  it('takes another release as a new one, and leaves files alone that it does not change', async () => {
    await renormalise('study', local.archive, reference());
    const again = await renormalise('study', local.archive, named(reference(), 'second'));
    expect(again).toMatchObject({ status: 'committed', version: 3, rewritten: 0 });
    expect((await local.archive.study('study'))?.study.referenceRelease).toBe('second');
  });

  it('takes an interval away again that a corrected reference does not have', async () => {
    await renormalise('study', local.archive, reference());
    const other = named(reference(BASES.replace('A'.repeat(10), 'ATATATATAT')), 'second');
    expect(await renormalise('study', local.archive, other)).toMatchObject({ status: 'committed', rewritten: 1 });
    const files = (await local.archive.study('study'))?.files;
    expect(files?.find(({ chromosome, kind }) => chromosome === '1' && kind === 'variants')).toMatchObject({
      maxSlide: 0,
      minStart0: 10,
    });
  });

  it('reports REFs that the reference does not have, and repairs nothing', async () => {
    const report = await renormalise('study', local.archive, reference(BASES.replaceAll('A', 'T')));
    expect(report).toMatchObject({ status: 'committed', mismatches: 1, unnormalised: 0 });
    expect(report.examples).toEqual(['REF is CA, the reference has CT at NC_000001.11:9 (0-based)']);
    const after = await local.archive.study('study');
    expect(after?.study.inputs[0]?.counts).toEqual({ 'reference-mismatch': 1 });
  });

  it('changes nothing when the reference lacks the bases', async () => {
    const other = whole('NC_000005.10', 'ACGT');
    expect(await renormalise('study', local.archive, other)).toMatchObject({
      status: 'unchanged',
      version: 1,
      unnormalised: 1,
    });
    expect((await local.archive.study('study'))?.study.version).toBe(1);
    await expect(renormalise('study', local.archive, named(other, ''))).rejects.toThrow(InvalidInputError);
    await expect(renormalise('none', local.archive, other)).rejects.toThrow(NotFoundError);
  });

  it.each(['publish', 'commit'] as const)('leaves the study as it was when it fails at %s', async (step) => {
    const failing: RenormaliseArchive = {
      ...local.archive,
      [step]: async () => {
        throw new UnavailableError('no');
      },
    };
    await expect(renormalise('study', failing, reference())).rejects.toThrow(UnavailableError);
    expect((await local.archive.study('study'))?.study).toMatchObject({ version: 1 });
    expect((await local.admin.verify()).problems).toEqual([]);
    expect(staged()).toEqual([]);
    expect(await renormalise('study', local.archive, reference())).toMatchObject({ status: 'committed', version: 2 });
  });

  it('gives way to a commit made meanwhile', async () => {
    const racing: RenormaliseArchive = {
      ...local.archive,
      async publish(path, key) {
        await local.archive.publish(path, key);
        writeFileSync(join(local.folder, 'input.vcf'), RECORDS.replace('\t24\t', '\t25\t'));
        await ingest(request('replace'), local.archive);
      },
    };
    await expect(renormalise('study', racing, reference())).rejects.toThrow(ConflictError);
    expect((await local.archive.study('study'))?.study).toMatchObject({ version: 2 });
  });

  it('is a command for all studies or one', async () => {
    const fasta = join(local.folder, 'windows.fa');
    writeFileSync(fasta, `>NC_000001.11:0-${BASES.length}\n${BASES}\n`);
    const data = ['--data', local.folder];
    const without = await genomics('renormalise', ...data);
    expect(without).toMatchObject({ status: 1 });
    expect(without.stderr).toContain('no reference sequence is loaded');
    await local.reference.add({
      kind: 'sequences',
      path: fasta,
      assembly: 'GRCh38',
      format: 'fasta',
      release: 'small',
    });
    const done = await genomics('renormalise', ...data);
    expect(done).toMatchObject({ status: 0, stdout: 'study: version 2, 1 files written anew\n' });
    expect((await local.archive.study('study'))?.study.referenceRelease).toBe('small');
    const again = await genomics('renormalise', '--study', 'study', ...data);
    expect(again).toMatchObject({ status: 0, stdout: 'study: version 2, unchanged\n' });
  }, 60_000);
});

describe('ingest with a reference', () => {
  it('normalises, and states the release', async () => {
    await ingest(request('replace'), local.archive, { sequences: reference() });
    // The same files again are no new version: renormalising is what brings them up to date.
    expect((await local.archive.study('study'))?.study.version).toBe(1);
    writeFileSync(join(local.folder, 'input.vcf'), RECORDS.replace('\t24\t', '\t27\t'));
    const report = await ingest(request('replace'), local.archive, { sequences: reference() });
    expect(report.inputs[0]).toMatchObject({ counts: {} });
    expect((await local.archive.study('study'))?.study.referenceRelease).toBe('first');
  });

  it('counts and reports REFs that differ, by line', async () => {
    writeFileSync(join(local.folder, 'input.vcf'), RECORDS.replace('\t24\t.\tG\t', '\t24\t.\tC\t'));
    const report = await ingest(request('replace'), local.archive, { sequences: reference() });
    expect(report.inputs[0]?.counts).toEqual({ 'reference-mismatch': 1 });
    expect(report.inputs[0]?.warnings).toEqual([
      'input.vcf, line 9: REF is C, the reference has G at NC_000001.11:23 (0-based); stored as stated',
    ]);
  });

  it('has no release when a part of a study was normalised with another', async () => {
    await renormalise('study', local.archive, reference());
    writeFileSync(join(local.folder, 'input.vcf'), RECORDS.replace('\t24\t', '\t27\t'));
    await ingest(request('add'), local.archive, { sequences: named(reference(), 'second') });
    expect((await local.archive.study('study'))?.study).toMatchObject({ version: 3 });
    expect((await local.archive.study('study'))?.study.referenceRelease).toBeUndefined();
  });
});
