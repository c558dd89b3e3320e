import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { sequenceOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { rightAlign, slides } from '../../lib/genomics/normalise.ts';
import type { Sequences } from '../../lib/genomics/ports.ts';
import { bcftools, hasBcftools } from '../support/bcftools.ts';
import { ingestArchive } from '../support/ingest-archive.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { readFasta, windowSequences } from '../support/windows.ts';

const folder = mkdtempSync(join(tmpdir(), 'norm-'));
const archive = ingestArchive();
afterAll(() => {
  archive.remove();
  rmSync(folder, { recursive: true });
});

/** First million bases of two chromosomes of GRCh37. */
const SLICES = [
  ['1', 'Homo_sapiens_assembly19_chr1_1M.fasta.gz'],
  ['17', 'human_g1k_v37.chr17_1Mb.fasta.gz'],
] as const;

if (!hasBcftools || !hasRealData) console.warn('SKIPPED: bcftools or the real data is absent');

describe.skipIf(!hasBcftools || !hasRealData)('complex insertions and deletions of NIST', () => {
  it('are left-aligned by bcftools to where their justified interval starts', async () => {
    const slices = SLICES.map(([name, file]) => {
      const bases = [...readFasta(realFile(`10_liftover_reference/${file}`)).values()][0] as string;
      return { name, bases, ...sequenceOf('GRCh37', name) };
    });
    const windows = slices.map(({ accession = '', bases }) => ({ accession, start0: 0, bases }));
    const sequences: Sequences = {
      ...windowSequences(windows),
      has: (accession, interval) =>
        windows.some((one) => one.accession === accession && (interval?.end0 ?? 0) <= one.bases.length),
    };
    const header = slices.map(({ name, length }) => `##contig=<ID=${name},length=${length}>`);
    const format = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">';
    const text = [
      '##fileformat=VCFv4.2',
      format,
      ...header,
      '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1',
    ];
    const records: (readonly [string, number, string, string, string])[] = [];
    for (const { name, accession = '', bases } of slices) {
      const own: (typeof records)[number][] = [];
      for (const [i, [, pos, , ref = '', alt = '']] of nist(name, bases.length).entries()) {
        own.push([name, Number(pos), `${name}-${i}`, ref, alt]);
        // The same once more, at the other end of what it slides along.
        const start0 = interbase(Number(pos) - 1);
        const stated = { start0, end0: interbase(start0 + ref.length), deleted: ref, inserted: alt };
        const moved = await rightAlign(accession, stated, sequences);
        if (!slides(moved)) continue;
        const anchor = bases[moved.start0 - 1] as string;
        own.push([name, moved.start0, `${name}-${i}-moved`, anchor + moved.deleted, anchor + moved.inserted]);
      }
      records.push(...own.sort((one, other) => one[1] - other[1]));
    }
    for (const record of records) text.push([...record, '.', '.', '.', 'GT', '0/1'].join('\t'));
    const file = join(folder, 'nist.vcf');
    writeFileSync(file, `${text.join('\n')}\n`);
    const fasta = join(folder, 'slices.fa');
    writeFileSync(fasta, slices.map(({ name, bases }) => `>${name}\n${bases.replaceAll(/.{1,60}/g, '$&\n')}`).join(''));

    const report = await archive.load(file, {}, { assembly: 'GRCh37', sequences });
    const rows = await archive.rows('variants');
    expect(rows).toHaveLength(records.length);
    expect(report.inputs[0]?.counts).toEqual({});
    const judged = await bcftools('norm', '--no-version', '-f', fasta, '-c', 'e', file);
    const positions = new Map(
      judged.filter(([chrom]) => !chrom?.startsWith('#')).map((one) => [one[2], Number(one[1])]),
    );
    const justified = rows.filter((row) => row['norm_start0'] !== null);
    // POS of a left-aligned insertion or deletion is the base before it.
    const differing = justified.filter((row) => positions.get(String(row['ids'])) !== row['norm_start0']);
    const intervals = new Map(
      justified.map((row) => [String(row['ids']), `${row['norm_start0']}-${row['norm_end0']}`]),
    );
    const moved = [...intervals.keys()].filter((id) => id.endsWith('-moved'));
    const elsewhere = justified.filter((row) => row['norm_start0'] !== row['start0']).length;
    console.log(
      `${moved.length} insertions and deletions, each stated twice; ${elsewhere} statements are not leftmost`,
    );
    expect(differing).toEqual([]);
    expect(moved.map((id) => intervals.get(id))).toEqual(moved.map((id) => intervals.get(id.replace('-moved', ''))));
    expect(moved.length).toBeGreaterThan(40);
    expect(elsewhere).toBeGreaterThan(20);
  });
});

/** Bi-allelic records of NIST 2.19 within a slice. */
function nist(chromosome: string, length: number): string[][] {
  return gunzipSync(readFileSync(realFile('02_germline_single_trio_gvcf/giab_nist2.19_complex_indels.grch37.vcf.gz')))
    .toString('latin1')
    .split('\n')
    .filter((line) => line.startsWith(`${chromosome}\t`))
    .map((line) => line.split('\t', 5))
    .filter(
      ([, pos, , ref = '', alt = '']) =>
        Number(pos) + ref.length <= length && /^[ACGTacgt]+$/.test(ref + alt) && ref !== alt,
    );
}
