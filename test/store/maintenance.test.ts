import { existsSync } from 'node:fs';
import { rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { collect, storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';

let local: TemporaryArchive;
beforeEach(async () => {
  local = await temporaryArchive();
});
afterEach(() => local.remove());

const variants = { 1: [variantRow(100, 'A', 'G'), variantRow(200, 'A', 'G')], 2: [variantRow(100, 'A', 'G')] };
const objectPath = (key: string): string => join(local.folder, 'objects', key);

describe('verify', () => {
  it('finds nothing in a sound archive', async () => {
    const one = await storeStudy(local, { id: 'one', variants });
    await storeStudy(local, { id: 'empty' });
    const bytes = one.files.reduce((sum, file) => sum + file.bytes, 0);
    expect(await local.admin.verify()).toEqual({ studies: 2, files: 2, rows: 3, bytes, problems: [] });
  });

  it('names every file that is missing, cut short or altered, and looks at the rest', async () => {
    const { files } = await storeStudy(local, { id: 'one', variants: { ...variants, 3: [variantRow(1, 'A', 'G')] } });
    const [first, second, third] = files as [(typeof files)[0], (typeof files)[0], (typeof files)[0]];
    await rm(objectPath(first.key));
    await truncate(objectPath(second.key), 10);
    await writeFile(objectPath(third.key), Buffer.alloc(third.bytes));
    const { problems, files: checked } = await local.admin.verify();
    expect(checked).toBe(3);
    expect(problems.map(({ study, key }) => `${study} ${key}`)).toEqual(files.map(({ key }) => `one ${key}`));
    expect(problems.map(({ problem }) => problem.replace(/^.*: /, ''))).toEqual([
      'is missing',
      `has 10 bytes, not ${second.bytes}`,
      'has another checksum',
    ]);
  });

  it('notices a row count that is not the stated one', async () => {
    const { study, files, subjects } = await storeStudy(local, { id: 'one', variants });
    const wrong = files.map((file) => ({ ...file, rows: file.rows + 1 }));
    await local.archive.commit({ study: { ...study, version: 2 }, files: wrong, subjects });
    const { problems } = await local.admin.verify();
    expect(problems.map(({ problem }) => problem)).toEqual(['has 2 rows, not 3', 'has 1 rows, not 2']);
  });

  it('notices a study that counts other subjects than it names', async () => {
    const { study, files, subjects } = await storeStudy(local, { id: 'one', variants });
    await local.archive.commit({ study: { ...study, version: 2, subjects: 2 }, files, subjects });
    expect((await local.admin.verify()).problems).toEqual([{ study: 'one', problem: 'names 1 subjects, not 2' }]);
  });
});

describe('sweep', () => {
  const asked = [{ index: 0, chromosome: '1' as const, start0: interbase(0), end0: interbase(1_000) }];

  it('removes nothing that is young or current', async () => {
    await storeStudy(local, { id: 'one', variants });
    const stage = await local.archive.stage();
    expect(await local.admin.sweep({ olderThanHours: 1 })).toEqual({ objects: 0, bytes: 0, items: 0, stages: 0 });
    expect(existsSync(stage)).toBe(true);
  });

  it('removes old versions, deleted studies, lost objects and unfinished ingests', async () => {
    const one = await storeStudy(local, { id: 'one', variants });
    const two = await storeStudy(local, { id: 'one', version: 2, variants });
    const gone = await storeStudy(local, { id: 'gone', variants });
    await local.admin.remove('gone');
    const stage = await local.archive.stage();
    await writeFile(join(stage, 'lost'), 'lost');
    await local.archive.publish(join(stage, 'lost'), 'studies/lost/v=1-x/chrom=1/variants.parquet');

    // Everything young stays, what an older version or a deleted study names included.
    expect((await local.admin.sweep({ olderThanHours: 1 })).objects).toBe(0);
    const report = await local.admin.sweep({ olderThanHours: 0 });
    expect(report).toMatchObject({ objects: one.files.length + gone.files.length + 1, stages: 1 });
    expect(report.items).toBe(6);
    expect(existsSync(stage)).toBe(false);
    for (const { key } of [...one.files, ...gone.files]) expect(existsSync(objectPath(key))).toBe(false);

    const record = await local.ports.studies.subject('S1');
    expect(record?.studies.map(({ study }) => `${study.id}@${study.version}`)).toEqual(['one@2']);
    expect(await collect(local.ports.variants.simple(record!, asked))).toHaveLength(2);
    expect((await local.admin.verify()).problems).toEqual([]);
    expect(two.files.length).toBe(2);
    expect(await local.admin.sweep({ olderThanHours: 0 })).toEqual({ objects: 0, bytes: 0, items: 0, stages: 0 });
  });

  it('keeps files of a version that was replaced a moment ago, however old they are', async () => {
    const one = await storeStudy(local, { id: 'one', variants });
    const old = new Date(Date.now() - 48 * 3_600_000);
    for (const { key } of one.files) await utimes(objectPath(key), old, old);
    await storeStudy(local, { id: 'one', version: 2, variants });
    expect(await local.admin.sweep({ olderThanHours: 24 })).toMatchObject({ objects: 0, items: 0 });
    for (const { key } of one.files) expect(existsSync(objectPath(key))).toBe(true);
  });
});
