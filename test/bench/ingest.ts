import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { IngestInput, IngestRequest } from '../../lib/ingest/request.ts';
import { realFile } from '../support/real-data.ts';
import type { IngestFigures } from './ingest-process.ts';
import { drain, inOwnProcess, ratio, seconds, table, timed } from './measure.ts';

interface Subject {
  readonly what: string;
  readonly file: string;
  readonly assembly: 'GRCh37' | 'GRCh38';
  readonly input: Omit<IngestInput, 'file'>;
}

/** The largest cohort is loaded first, and stays for the queries. */
export const COHORT: Subject = {
  what: '3,202 samples, genotypes only',
  file: '00_benchmark_pgx_1kgp/1kgp_30x_58pgx_genes_3202.grch38.vcf.gz',
  assembly: 'GRCh38',
  input: { allSamples: true, sourceClass: 'germline' },
};

export const GENOME: Subject = {
  what: 'one sample, all chromosomes',
  file: '02_germline_single_trio_gvcf/giab_nist2.19_complex_indels.grch37.vcf.gz',
  assembly: 'GRCh37',
  input: { subject: 'bench-genome', sourceClass: 'germline' },
};

const SUBJECTS: readonly Subject[] = [
  COHORT,
  GENOME,
  {
    what: 'one sample, gVCF with AD, DP, GQ, PL',
    file: '02_germline_single_trio_gvcf/NA12878.prod.chr20snippet.grch37.g.vcf.gz',
    assembly: 'GRCh37',
    input: { subject: 'bench-gvcf', sourceClass: 'germline' },
  },
  {
    what: 'one sample, sequence-resolved structural calls',
    file: '05_sv_str_fusion/truvari_hg002_comp.grch38.vcf.gz',
    assembly: 'GRCh38',
    input: { subject: 'bench-sv', sourceClass: 'germline' },
  },
  {
    what: '2,504 samples, genotypes only',
    file: '00_benchmark_pgx_1kgp/1kgp_phase3_59pgx_genes_2504.grch37.vcf.gz',
    assembly: 'GRCh37',
    input: { allSamples: true, sourceClass: 'germline' },
  },
];

/** Ingest of real files against `bcftools view -Ou` of the same file in the same run. */
export async function ingestBench(folder: string, data: string, say: (line: string) => void): Promise<string> {
  const rows = [
    ['file', 'records', 'rows', 'bcftools view -Ou, s', 'ingest, s', 'ratio', 'records/s', 'peak memory, MB'],
  ];
  for (const { what, file, assembly, input } of SUBJECTS) {
    const path = realFile(file);
    const judge = Math.min(...(await repeat(2, () => timed(() => drain('bcftools', 'view', '-Ou', path)))));
    const request: IngestRequest = {
      assembly,
      testId: 'bench',
      testDate: '2026-01-01',
      mode: 'create',
      inputs: [{ file: path, ...input }],
      study: file.replaceAll(/[^A-Za-z0-9]+/g, '-'),
    };
    // Once into a scratch archive to take the better of two, as bcftools does; the second stays for the queries.
    const scratch = mkdtempSync(join(folder, 'scratch-'));
    const figures = [
      await inOwnProcess<IngestFigures>('test/bench/ingest-process.ts', scratch, JSON.stringify(request)),
      await inOwnProcess<IngestFigures>('test/bench/ingest-process.ts', data, JSON.stringify(request)),
    ];
    const best = figures.reduce((a, b) => (a.milliseconds < b.milliseconds ? a : b));
    const peak = Math.max(...figures.map(({ peakBytes }) => peakBytes));
    const row = [
      `${what} (\`${file.split('/').at(-1)}\`)`,
      best.records.toLocaleString('en-GB'),
      best.rows.toLocaleString('en-GB'),
      seconds(judge),
      seconds(best.milliseconds),
      ratio(best.milliseconds / judge),
      Math.round(best.records / (best.milliseconds / 1000)).toLocaleString('en-GB'),
      String(Math.round(peak / 1e6)),
    ];
    say(row.join('  '));
    rows.push(row);
  }
  return table(rows);
}

async function repeat(times: number, work: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < times; i++) results.push(await work());
  return results;
}
