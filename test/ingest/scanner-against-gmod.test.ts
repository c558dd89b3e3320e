import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import VCFParser from '@gmod/vcf';
import { describe, expect, it } from 'vitest';
import { openLines } from '../../lib/ingest/bytes.ts';
import { callDictionary } from '../../lib/ingest/calls.ts';
import { emptyColumns, scanColumns, scanSamples } from '../../lib/ingest/scanner.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

const FOLDERS = [
  '00_benchmark_pgx_1kgp',
  '01_germline_multisample',
  '02_germline_single_trio_gvcf',
  '03_mito',
  '04_somatic',
  '05_sv_str_fusion',
  '06_annotated',
  '08_pgx',
];

const files = hasRealData
  ? FOLDERS.flatMap((folder) =>
      (readdirSync(realFile(folder), { recursive: true }) as string[])
        .filter((name) => /\.vcf(\.gz|\.bgz)?$/.test(name))
        .map((name) => join(folder, name)),
    ).sort()
  : [];

/** Genotypes compared per file: enough for every format a file has, few enough for a test. */
const GENOTYPES = 150_000;
const LINES = 400;

/** What one line says, in words both readers can be asked for. */
interface Reading {
  readonly fixed: readonly unknown[];
  readonly columns: number;
  /** `sample genotype` of every sample that is not plain reference. */
  readonly called: readonly string[];
}

/** Whether a genotype is one the scanner passes over as plain reference. */
const plain = (genotype: string): boolean => genotype === '0/0' || genotype === '0|0';

/** Files that break a rule of VCF, and the line the scanner says it on. */
const BROKEN: Readonly<Record<string, RegExp>> = {
  '05_sv_str_fusion/gmod_multipleAltSVs.vcf': /line 20: INFO is empty/,
  '06_annotated/igv_SRP32_annotated.vcf.gz': /not a valid metadata line/,
  '08_pgx/pharmcat/test/haplotype/cyp2c19/rs12769205ref.vcf': /line 35: ID '' is empty/,
  '08_pgx/pharmcat/test/haplotype/cyp2c19/s1s35.vcf': /line 35: ID '' is empty/,
  '08_pgx/pharmcat/test/haplotype/cyp2c19/s2s2.vcf': /line 35: ID '' is empty/,
  '08_pgx/pharmcat/test/haplotype/cyp2c19/s4bs17.vcf': /line 35: ID '' is empty/,
  '08_pgx/pharmcat/test/haplotype/cyp2c9/s2s24only.vcf': /line 40: QUAL '' is not a number/,
  '08_pgx/pharmcat/test/haplotype/cyp2c9/s2s3.vcf': /line 40: QUAL '' is not a number/,
};

describe.skipIf(!hasRealData)('the scanner and @gmod/vcf read the same', () => {
  it('looks at every real file', () => {
    expect(files.length).toBeGreaterThan(80);
    expect(Object.keys(BROKEN).filter((name) => !files.includes(name))).toEqual([]);
  });

  it.each(files)('%s', { timeout: 60_000 }, async (name) => {
    const broken = BROKEN[name];
    if (broken === undefined) expect(await compare(name)).toBeGreaterThan(0);
    else await expect(compare(name)).rejects.toThrow(broken);
  });
});

/** Compares line by line. @returns the number of lines compared */
async function compare(name: string): Promise<number> {
  let parser: VCFParser | undefined;
  const headerLines: string[] = [];
  const calls = callDictionary();
  const record = emptyColumns();
  let lines = 0;
  let genotypes = 0;
  reading: for await (const { bytes, firstLine } of (await openLines(realFile(name))).blocks) {
    let line = firstLine;
    for (let start = 0; start < bytes.length; line++) {
      const next = bytes.indexOf(10, start);
      const end = next < 0 ? bytes.length : next;
      const text = bytes.toString('utf8', start, end);
      if (text.startsWith('#')) headerLines.push(text);
      else {
        parser ??= new VCFParser({ header: headerLines.join('\n'), strict: false });
        const samples = parser.samples;
        const fixed = headerLines.at(-1)?.split('\t').includes('FORMAT') ? 9 : 8;
        const wanted = Int32Array.from(samples.keys());
        scanColumns(record, bytes, start, end, fixed, { file: name, line });
        const called: string[] = [];
        const hasGenotype = record.format.startsWith('GT');
        const columns =
          samples.length === 0
            ? 0
            : scanSamples(bytes, record.samplesStart, end, wanted, false, (sample, from, to) => {
                const colon = bytes.indexOf(58, from);
                const known = calls.genotype(bytes, from, colon < 0 || colon > to ? to : colon);
                if (hasGenotype) called.push(`${samples[sample]} ${known?.genotype.text}`);
              });
        const ours: Reading = {
          fixed: [record.chrom, record.position, record.id, record.ref, record.alt, record.filter],
          columns,
          called,
        };
        const variant = parser.parseLine(text);
        const theirs: Reading = {
          fixed: [
            variant.CHROM,
            variant.POS,
            variant.ID?.join(';') ?? '.',
            variant.REF,
            variant.ALT?.join(',') ?? '.',
            [variant.FILTER ?? '.'].flat().join(';'),
          ],
          columns: text.split('\t').length - (samples.length === 0 ? fixed : 9),
          called: hasGenotype
            ? Object.entries(variant.GENOTYPES()).flatMap(([sample, genotype]) =>
                plain(genotype) ? [] : [`${sample} ${genotype}`],
              )
            : [],
        };
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) expect({ line, ...ours }).toEqual({ line, ...theirs });
        lines++;
        genotypes += samples.length;
        if (lines >= LINES && genotypes >= GENOTYPES / 4) break reading;
        if (genotypes >= GENOTYPES) break reading;
      }
      start = end + 1;
    }
  }
  return lines;
}
