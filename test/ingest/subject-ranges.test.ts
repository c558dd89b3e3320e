import { fc, test } from '@fast-check/vitest';
import { afterEach, describe, expect, it } from 'vitest';
import { countBySample, cutAtSubjects, inSubjectOrder } from '../../lib/ingest/subject-order.ts';
import { type IngestArchive, ingestArchive } from '../support/ingest-archive.ts';
import { CONTIGS_38 } from '../support/vcf-builder.ts';

describe('order and ranges of subjects', () => {
  const rows = fc.array(fc.tuple(fc.nat(9), fc.nat(19)), { maxLength: 200 });
  const ranks = fc.shuffledSubarray([...Array(20).keys()], { minLength: 20 });

  test.prop([rows, ranks])('is by sample, rank of the allele, and place', (list, rank) => {
    const sample = Int32Array.from(list, ([first]) => first);
    const allele = Int32Array.from(list, ([, second]) => second);
    const expected = list
      .map(([first, second], row) => ({ row, key: [first, rank[second] as number, row] }))
      .sort((a, b) => a.key.reduce((sign, value, i) => sign || value - (b.key[i] as number), 0))
      .map(({ row }) => row);
    expect([...inSubjectOrder(sample, allele, Int32Array.from(rank), 10)]).toEqual(expected);
  });

  test.prop([rows, fc.integer({ min: 1, max: 60 })])('cuts between samples, as few times as it may', (list, most) => {
    const counts = countBySample(
      Int32Array.from(list, ([sample]) => sample),
      10,
    );
    const ranges = cutAtSubjects(counts, most);
    expect(ranges.map(({ from }) => from)).toEqual([0, ...ranges.map(({ to }) => to)].slice(0, ranges.length));
    expect(ranges.at(-1)?.to ?? 0).toBe(list.length);
    for (const [i, { from, to, first, last }] of ranges.entries()) {
      expect([...counts.subarray(first, last + 1)].reduce((sum, count) => sum + count, 0)).toBe(to - from);
      if (first < last) expect(to - from).toBeLessThanOrEqual(most);
      const next = ranges[i + 1];
      if (next !== undefined) expect(to - from + (counts[next.first] as number)).toBeGreaterThan(most);
    }
  });
});

describe('files of a cohort', () => {
  let archive: IngestArchive;
  afterEach(() => archive.remove());

  /** Sites at every second base; sample n carries all of them, with details in the second half when asked for. */
  function cohort(samples: number, sites: number, detailed: boolean): string {
    const names = Array.from({ length: samples }, (_, n) => `S${String(n).padStart(2, '0')}`);
    const head = ['##fileformat=VCFv4.2', ...CONTIGS_38];
    head.push(`#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t${names.join('\t')}`);
    for (let site = 0; site < sites; site++) {
      const more = detailed && site % 2 === 1;
      const calls = names.map((_, n) => (more ? `0|1:${n + 1}:${site % 3 === 0 ? 'bad' : 'PASS'}` : '0|1'));
      head.push(`chr1\t${2 * site + 1}\t.\tA\tG,T\t.\tPASS\t.\t${more ? 'GT:DP:FT' : 'GT'}\t${calls.join('\t')}`);
    }
    return `${head.join('\n')}\n`;
  }

  it('hold whole subjects, every row once, in order', async () => {
    archive = ingestArchive();
    const [samples, sites] = [8, 21_000];
    const report = await archive.load(cohort(samples, sites, true), { allSamples: true });
    expect(report.inputs[0]?.variantRows).toBe(samples * sites);
    const files = [...archive.studies.values()][0]!.files.filter(({ kind }) => kind === 'variants');
    // Six subjects of 21,000 rows fit 131,072.
    expect(files.map(({ subjects }) => subjects)).toEqual([
      { first: 'S00', last: 'S05' },
      { first: 'S06', last: 'S07' },
    ]);
    expect(files.map(({ rows }) => rows)).toEqual([126_000, 42_000]);
    expect(new Set(files.map(({ key }) => key)).size).toBe(files.length);
    const rows = await archive.rows('variants');
    const expected = Array.from({ length: samples }, (_, n) => n).flatMap((n) =>
      Array.from({ length: sites }, (_, site) => {
        const more = site % 2 === 1;
        const filters = more && site % 3 === 0 ? 'PASS;bad' : 'PASS';
        return `S${String(n).padStart(2, '0')} ${2 * site} G 0|1 . ${more ? n + 1 : null} ${filters}`;
      }),
    );
    const found = rows.map(
      (row) =>
        `${row['subject']} ${row['start0']} ${row['alt']} ${row['genotype']} ${row['phase_set']} ${row['depth']} ${row['filters']}`,
    );
    expect(found.length).toBe(expected.length);
    expect(found.find((row, i) => row !== expected[i])).toBeUndefined();
  });

  it('stay one file for one subject', async () => {
    archive = ingestArchive();
    await archive.load(cohort(1, 140_000, false));
    const files = [...archive.studies.values()][0]!.files.filter(({ kind }) => kind === 'variants');
    expect(files).toMatchObject([{ rows: 140_000, subjects: { first: 'P1', last: 'P1' }, maxSlide: 0 }]);
  });

  it('state the exceptions of single subjects apart when there are many', async () => {
    archive = ingestArchive();
    const lines = cohort(3, 60_000, false).split('\n');
    // Never two neighbouring sites: adjoining regions are joined.
    const text = lines.map((line) => (line.startsWith('chr1') ? line.replace(/0\|1\t0\|1$/, './.\t./.') : line));
    await archive.load(text.join('\n'), { allSamples: true });
    const files = [...archive.studies.values()][0]!.files.filter(({ kind }) => kind === 'regions');
    expect(files.map(({ rows, subjects }) => ({ rows, subjects }))).toEqual([
      { rows: 60_000, subjects: undefined },
      { rows: 120_000, subjects: { first: 'S01', last: 'S02' } },
    ]);
  });
});
