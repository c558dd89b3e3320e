/** One record of a VCF being built; what is absent is `.` (POS has no default). */
export interface VcfRecord {
  readonly chrom?: string;
  readonly pos: number;
  readonly id?: string;
  readonly ref?: string;
  readonly alt?: string;
  readonly qual?: string;
  readonly filter?: string;
  readonly info?: string;
  readonly format?: string;
  readonly samples?: readonly string[];
}

export interface VcfOptions {
  readonly version?: string;
  /** Lines between the file format and the column line. */
  readonly meta?: readonly string[];
  readonly samples?: readonly string[];
}

/** GRCh38's lengths of the chromosomes that small test files use. */
export const CONTIGS_38 = [
  '##contig=<ID=chr1,length=248956422>',
  '##contig=<ID=chr2,length=242193529>',
  '##contig=<ID=chrX,length=156040895>',
  '##contig=<ID=chrY,length=57227415>',
  '##contig=<ID=chrM,length=16569>',
];

/** Text of a VCF: GRCh38, one sample `S1` and FORMAT `GT` unless said otherwise. */
export function vcf(records: readonly VcfRecord[], options: VcfOptions = {}): string {
  const { version = '4.2', meta = CONTIGS_38, samples = ['S1'] } = options;
  const columns = ['#CHROM', 'POS', 'ID', 'REF', 'ALT', 'QUAL', 'FILTER', 'INFO'];
  if (samples.length > 0) columns.push('FORMAT', ...samples);
  const lines = records.map((record) => {
    const { chrom = 'chr1', pos, id = '.', ref = 'A', alt = 'G', qual = '.', filter = 'PASS', info = '.' } = record;
    const fixed = [chrom, pos, id, ref, alt, qual, filter, info];
    const called = samples.length === 0 ? [] : [record.format ?? 'GT', ...(record.samples ?? samples.map(() => '0/1'))];
    return [...fixed, ...called].join('\t');
  });
  return [`##fileformat=VCFv${version}`, ...meta, columns.join('\t'), ...lines, ''].join('\n');
}
