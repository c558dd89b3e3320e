import { readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../../lib/genomics/errors.ts';
import { type RunningServer, startServer } from '../../../lib/http/local-server.ts';
import type { PopulationQuestions } from '../../../lib/operations/population-ports.ts';
import { BIN_BASES, COHORT_PARQUET, LONG_BIN } from '../../../lib/store/cohort/schema.ts';
import {
  collect,
  regionRow,
  storeStudy,
  structuralRow,
  type TemporaryArchive,
  temporaryArchive,
  variantRow,
} from '../../support/archive.ts';
import { span } from '../../support/archive-builder.ts';

let archive: TemporaryArchive;
beforeEach(async () => {
  archive = await temporaryArchive();
});
afterEach(() => archive.remove());

/** Keys of the compacted files, without those of manifests. */
async function files(): Promise<readonly string[]> {
  const names = await readdir(join(archive.folder, 'objects', 'cohort'), { recursive: true });
  return names.filter((name) => name.endsWith('.parquet')).sort();
}

const own = (subject: string) => new Map([[subject, [{ input: 0, sample: subject }]]]);

function person(subject: string, ...places: readonly number[]) {
  return storeStudy(archive, {
    id: `study-${subject}`,
    inputs: [{ sourceClass: 'germline', changeTypes: ['SNV', 'DEL'], studiedRegions: true }],
    subjects: own(subject),
    variants: { '1': places.map((place) => variantRow(place, 'A', 'G', { subject })) },
    structural: [structuralRow('1', 'DEL', 3 * BIN_BASES, 5 * BIN_BASES, { subject })],
    regions: { '1': [regionRow('studied', 0, 10), regionRow('filtered', 5, 6)] },
  });
}

const asked: PopulationQuestions = {
  assembly: 'GRCh38',
  questions: [{ index: 0, chromosome: '1', ...span(0, 10 * BIN_BASES) }],
  sourceClass: undefined,
};

async function sql(text: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(text)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('a generation', () => {
  it('takes over the files in which nothing changed, and writes the others anew', async () => {
    await person('A', 100, BIN_BASES + 100);
    await archive.admin.compact();
    const before = await files();
    expect(before.map((name) => name.replace(/gen=1-[0-9a-f]+/, 'gen=1'))).toEqual([
      'regions/assembly=GRCh38/gen=1/chrom=1/bin=0/rows.parquet',
      `structural/assembly=GRCh38/gen=1/chrom=1/bin=${LONG_BIN}/rows.parquet`,
      'variants/assembly=GRCh38/gen=1/chrom=1/bin=0/rows.parquet',
      'variants/assembly=GRCh38/gen=1/chrom=1/bin=1/rows.parquet',
    ]);
    await person('B', 50);
    expect(await archive.admin.compact()).toMatchObject({ added: 1, removed: 0, files: 4, written: 3 });
    await archive.admin.sweep({ olderThanHours: 0 });
    const after = await files();
    expect(after.filter((name) => before.includes(name))).toEqual([before.find((name) => name.includes('bin=1/'))]);
    expect(after).toHaveLength(4);
  });

  it('is sorted by position, in row groups of its own size, without Bloom filters, and names no subject', async () => {
    await person('A', 100, 300);
    await person('B', 200, 300);
    await archive.admin.compact();
    const [variants] = (await files()).filter((name) => name.startsWith('variants/'));
    const path = join(archive.folder, 'objects', 'cohort', variants ?? '');
    expect(await sql(`SELECT start0, member FROM '${path}'`)).toEqual([
      [100, 0],
      [200, 1],
      [300, 0],
      [300, 1],
    ]);
    const columns = await sql(`SELECT name FROM parquet_schema('${path}')`);
    expect(columns.flat()).not.toContain('subject');
    expect(
      await sql(`SELECT count(*)::INTEGER FROM parquet_metadata('${path}') WHERE bloom_filter_offset > 0`),
    ).toEqual([[0]]);
    expect(COHORT_PARQUET.rowGroupSize % 2048).toBe(0);
  });

  it('is sorted by position also where many runs are merged; a gene opens the structural files near it and the long events', async () => {
    const events = [
      [100, 200],
      [BIN_BASES - 1, 2 * BIN_BASES - 1],
      [7 * BIN_BASES, 7 * BIN_BASES + 60],
      [50, 9 * BIN_BASES],
    ] as const;
    for (const [subject, places] of [
      ['A', [100, 300]],
      ['B', [200, 300]],
      ['C', [100]],
    ] as const) {
      await storeStudy(archive, {
        id: subject,
        subjects: own(subject),
        variants: { '1': places.map((place) => variantRow(place, 'A', 'G', { subject })) },
        structural: events.map(([start0, end0]) => structuralRow('1', 'DEL', start0, end0, { subject })),
      });
    }
    await archive.admin.compact({ runRows: 1 });
    const all = await files();
    const read = async (kind: string, bin: number) =>
      sql(
        `SELECT start0, member FROM '${join(archive.folder, 'objects', 'cohort', all.find((one) => one.startsWith(`${kind}/`) && one.includes(`/bin=${bin}/`)) ?? '')}'`,
      );
    expect(await read('variants', 0)).toEqual([
      [100, 0],
      [100, 2],
      [200, 1],
      [300, 0],
      [300, 1],
    ]);
    expect(await read('structural', LONG_BIN)).toEqual([
      [50, 0],
      [50, 1],
      [50, 2],
    ]);
    expect(all.filter((name) => name.startsWith('structural/')).map((name) => /bin=([0-9]+)/.exec(name)?.[1])).toEqual([
      '0',
      String(LONG_BIN),
      '7',
    ]);
    for (const name of all) if (name.includes('bin=7/')) await rm(join(archive.folder, 'objects', 'cohort', name));
    // The gene at the end of an event that lies in the bin before: the file of bin 7 is not asked for.
    const { structural } = await archive.ports.population();
    const near = { ...asked, questions: [{ index: 0, chromosome: '1' as const, ...span(BIN_BASES, BIN_BASES + 10) }] };
    const found = await collect(structural(near, 'intersecting'));
    expect(new Set(found.flatMap(({ subjects }) => subjects))).toEqual(new Set([0, 1, 2]));
    await expect(collect(structural(asked, 'intersecting'))).rejects.toThrow(UnavailableError);
  });

  it('stores a BED that many tests share once', async () => {
    for (const subject of ['A', 'B', 'C']) await person(subject, 100);
    await archive.admin.compact();
    const [regions] = (await files()).filter((name) => name.startsWith('regions/'));
    const path = join(archive.folder, 'objects', 'cohort', regions ?? '');
    // One row of the panel, and one filtered place of each study.
    expect(await sql(`SELECT kind, panel, count(*)::INTEGER FROM '${path}' GROUP BY ALL ORDER BY ALL`)).toEqual([
      ['filtered', null, 3],
      ['studied', 0, 1],
    ]);
  });

  it('writes no regions anew for a test of a known BED alone', async () => {
    const test = (subject: string, ...more: readonly ReturnType<typeof regionRow>[]) =>
      storeStudy(archive, {
        id: subject,
        inputs: [{ sourceClass: 'germline', changeTypes: ['SNV'], studiedRegions: true }],
        subjects: own(subject),
        variants: { '1': [variantRow(5, 'A', 'G', { subject })] },
        regions: { '1': [regionRow('studied', 0, 10), ...more] },
      });
    const covered = async () => {
      const place = { chromosome: '1', ...span(5, 6) } as const;
      const placed = { index: 0, text: '', places: new Map([['GRCh38', place] as const]) };
      return (await archive.ports.population()).callable([[placed]], () => true);
    };
    await test('A');
    await test('B');
    await archive.admin.compact();
    const [regions] = (await files()).filter((name) => name.startsWith('regions/'));
    await test('C');
    expect(await archive.admin.compact()).toMatchObject({ files: 2, written: 1, rows: 4 });
    expect(await files()).toContain(regions);
    expect(await covered()).toEqual([3]);
    await test('D', regionRow('uncalled', 5, 6));
    expect(await archive.admin.compact()).toMatchObject({ files: 2, written: 2, rows: 6 });
    expect(await covered()).toEqual([3]);
    await archive.admin.remove('A');
    await archive.admin.compact({ full: true });
    expect(await covered()).toEqual([2]);
  });

  it('fails rather than counts less when a file of it is cut short or gone', async () => {
    await person('A', 100);
    await archive.admin.compact();
    const { alleles, structural } = await archive.ports.population();
    expect(await collect(alleles(asked))).toHaveLength(1);
    for (const name of await files()) await truncate(join(archive.folder, 'objects', 'cohort', name), 60);
    await expect(collect(alleles(asked))).rejects.toThrow(UnavailableError);
    await expect(collect(structural(asked, 'intersecting'))).rejects.toThrow(UnavailableError);
    for (const name of await files()) await rm(join(archive.folder, 'objects', 'cohort', name));
    await expect(collect(alleles(asked))).rejects.toThrow(UnavailableError);
    await expect(archive.admin.compact()).resolves.toMatchObject({ status: 'unchanged' });
    expect((await archive.admin.verify()).problems.map(({ study }) => study)).toEqual(['cohort', 'cohort', 'cohort']);
    expect(await archive.admin.compact({ full: true })).toMatchObject({ status: 'committed' });
    expect(await collect((await archive.ports.population()).alleles(asked))).toHaveLength(1);
  });
});

describe('a population through HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startServer({ port: 0, ports: archive.ports, onFault: () => {} });
  });
  afterEach(() => server.close());

  it('has another ETag, and another answer, after each change of anyone', async () => {
    const url = `${server.url}/$find-population-specific-variants?variants=NC_000001.11:100:A:G&includePatientList=true`;
    const read = async (): Promise<[string, string]> => {
      const response = await fetch(url);
      const { parameter } = (await response.json()) as {
        readonly parameter: readonly {
          readonly part: readonly { readonly name: string; readonly valueString?: string }[];
        }[];
      };
      const subjects = parameter[0]?.part.flatMap(({ name, valueString }) => (name === 'subject' ? [valueString] : []));
      return [response.headers.get('etag') ?? '', subjects?.join() ?? ''];
    };
    const seen = [await read()];
    await person('A', 100);
    seen.push(await read());
    await person('B', 100);
    seen.push(await read());
    await archive.admin.compact();
    const [compacted, same] = await read();
    expect(same).toBe('A,B');
    expect((await fetch(url, { headers: { 'if-none-match': compacted } })).status).toBe(304);
    await archive.admin.erase('A');
    seen.push(await read());
    await archive.admin.remove('study-B');
    seen.push(await read());
    expect(seen.map(([, subjects]) => subjects)).toEqual(['', 'A', 'A,B', 'B', '']);
    expect(new Set([...seen.map(([etag]) => etag), compacted]).size).toBe(6);
  });
});
