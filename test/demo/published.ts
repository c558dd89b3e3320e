import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import { realFile } from '../support/real-data.ts';
import { alleleName, csvRows } from './demo-files.ts';

/** Lines of a real file, plain or compressed, without header lines unless asked for. */
export function realLines(path: string, header: 'with' | 'without' = 'without'): string[] {
  const bytes = readFileSync(realFile(path));
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').filter((line) => line !== '' && (header === 'with' || !line.startsWith('#')));
}

/** Published alleles as `assembly chromosome-position-REF-ALT`, each with the identifiers its sources give it. */
export function publishedAlleles(): ReadonlyMap<string, ReadonlySet<string>> {
  const alleles = new Map<string, Set<string>>();
  const add = (assembly: Assembly, allele: string, ...ids: readonly string[]): void => {
    const key = `${assembly} ${allele.replace(/^chr/, '').replace(/^M-/, 'MT-')}`;
    const known = alleles.get(key) ?? new Set<string>();
    for (const id of ids) known.add(id);
    alleles.set(key, known);
  };
  const addVcf = (assembly: Assembly, path: string, idsOf: (id: string, info: string) => string[]): void => {
    for (const line of realLines(path)) {
      const [contig = '', position = '', id = '', ref = '', alts = '', , , info = ''] = line
        .slice(0, 20_000)
        .split('\t', 8);
      for (const alt of alts.split(',')) add(assembly, alleleName(contig, position, ref, alt), ...idsOf(id, info));
    }
  };
  const own = (id: string): string[] => id.split(';').filter((one) => one.startsWith('rs'));
  addVcf('GRCh38', '08_pgx/pharmcat/pharmcat_positions.vcf', own);
  addVcf('GRCh37', '00_benchmark_pgx_1kgp/1kgp_phase3_59pgx_genes_2504.grch37.vcf.gz', own);
  addVcf('GRCh37', '03_mito/1000g_phase1_chrMT.rcrs.vcf.gz', own);
  addVcf('GRCh38', '07_knowledge/clinvar/clinvar_astone0411.vcf.gz', (id, info) => [
    `ClinVar ${id}`,
    ...(/;RS=([0-9|]+)/
      .exec(info)?.[1]
      ?.split('|')
      .map((rs) => `rs${rs}`) ?? []),
  ]);
  addVcf('GRCh37', '07_knowledge/civic/civic_nightly_accepted.grch37.vcf.gz', (_, info) => [
    ...new Set([...info.matchAll(/RS[0-9]+/g)].map(([rs]) => rs.toLowerCase())),
  ]);
  addVcf('GRCh37', '07_knowledge/clinvar/clinvar_multi_full.b37.vcf.gz', () => []);
  addVcf('GRCh38', '07_knowledge/clinvar/clinvar_multi_full.b38.vcf.gz', () => []);
  for (const [assembly, build] of [
    ['GRCh37', 'grch37'],
    ['GRCh38', 'grch38'],
  ] as const) {
    for (const line of realLines(`07_knowledge/civic/cacao_civic.${build}.tsv.gz`)) {
      for (const [, change = ''] of line.matchAll(/[\t ]([0-9XY]+_[0-9]+_[ACGT]+_[ACGT]+)/g))
        add(assembly, change.replaceAll('_', '-'));
    }
  }
  for (const row of csvRows(realLines('07_knowledge/pharmgkb_cpic/pypgx_variant_table.csv').join('\n'))) {
    for (const assembly of ['GRCh37', 'GRCh38'] as const) {
      for (const name of [row[`${assembly}Name`], row[`${assembly}Synonym`]]) {
        if (name?.split('-').length === 4) add(assembly, name, row['rsID'] ?? '');
      }
    }
  }
  return alleles;
}

/** Genomic HGVS of ClinVar variations, both assemblies, by Variation ID. The file comments out what its own project cannot project. */
export function clinvarNames(): ReadonlyMap<string, readonly string[]> {
  const rows = realLines('11_hgvs_spdi_vrs/hgvs_clinvar.gz', 'with').map((line) => line.split('\t'));
  return new Map(rows.map(([, id = '', names = '']) => [id, names.split(' ')]));
}

/** Lifts a 1-based position from GRCh37 to GRCh38 by the UCSC chain, best-scoring chain first; undefined where none reaches. */
export function liftedPosition(): (chromosome: string, position: number) => string | undefined {
  const blocks = new Map<string, { from: number; to: number; shift: number; target: string; score: number }[]>();
  let chain: readonly string[] = [];
  let [source, target] = [0, 0];
  for (const line of realLines('10_liftover_reference/hg19ToHg38.over.chain.gz')) {
    const words = line.split(/\s+/);
    if (words[0] === 'chain') {
      chain = words;
      [source, target] = [Number(words[5]), Number(words[10])];
      continue;
    }
    const [size = 0, sourceGap = 0, targetGap = 0] = words.map(Number);
    if (chain[9] === '+') {
      const name = chain[2] ?? '';
      const list = blocks.get(name) ?? [];
      list.push({
        from: source,
        to: source + size,
        shift: target - source,
        target: chain[7] ?? '',
        score: Number(chain[1]),
      });
      blocks.set(name, list);
    }
    source += size + sourceGap;
    target += size + targetGap;
  }
  return (chromosome, position) => {
    const hits = blocks.get(`chr${chromosome}`)?.filter(({ from, to }) => from < position && position <= to) ?? [];
    const best = hits.sort((one, other) => other.score - one.score)[0];
    return best && `${best.target.replace('chr', '')}-${position + best.shift}`;
  };
}

/** A stretch of a chromosome of GRCh38, half-open. */
interface Stretch {
  readonly start0: number;
  readonly end0: number;
}

/** MANE Select transcript of a gene on GRCh38: its span, its coding span and its exons in genome order. @throws when MANE has none. */
export function maneSelect(symbol: string): {
  readonly span: Stretch;
  readonly coding: Stretch;
  readonly exons: readonly Stretch[];
} {
  const rows = realLines('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz').map((line) => line.split('\t'));
  const row = rows.find((fields) => fields.includes(symbol) && fields.some((field) => field.startsWith('MANE Select')));
  if (row === undefined) throw new Error(`MANE has no ${symbol}`);
  const start0 = Number(row[1]);
  const sizes = (row[10] ?? '').split(',').filter(Boolean).map(Number);
  const starts = (row[11] ?? '').split(',').filter(Boolean).map(Number);
  return {
    span: { start0, end0: Number(row[2]) },
    coding: { start0: Number(row[6]), end0: Number(row[7]) },
    exons: sizes.map((size, index) => {
      const from = start0 + (starts[index] ?? 0);
      return { start0: from, end0: from + size };
    }),
  };
}
