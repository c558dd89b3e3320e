import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type IngestArchive, ingestArchive } from '../support/ingest-archive.ts';
import { type VcfRecord, vcf } from '../support/vcf-builder.ts';

let archive: IngestArchive;
const archives: IngestArchive[] = [];
beforeEach(() => {
  archive = ingestArchive();
  archives.push(archive);
});
afterAll(() => {
  for (const made of archives) made.remove();
});

/** `alt genotype state` of the rows one record gives. */
async function carriedBy(record: VcfRecord, sex?: 'male' | 'female'): Promise<readonly string[]> {
  await archive.load(vcf([record]), sex === undefined ? {} : { sex });
  const rows = await archive.rows('variants');
  return rows.map(({ ref, alt, start0, end0, allelic_state }) => `${ref}>${alt} ${start0}-${end0} ${allelic_state}`);
}

describe('one row per allele carried', () => {
  it.each<[string, VcfRecord, readonly string[]]>([
    ['heterozygous', { pos: 100, samples: ['0/1'] }, ['A>G 99-100 heterozygous']],
    ['homozygous', { pos: 100, samples: ['1/1'] }, ['A>G 99-100 homozygous']],
    [
      'two ALTs',
      { pos: 100, ref: 'AT', alt: 'A,ATT', samples: ['1/2'] },
      ['AT>A 100-101 heterozygous', 'AT>ATT 100-100 heterozygous'],
    ],
    ['the second ALT', { pos: 100, alt: 'G,T', samples: ['0/2'] }, ['A>T 99-100 heterozygous']],
    ['a spanning deletion beside it', { pos: 100, alt: 'G,*', samples: ['1/2'] }, ['A>G 99-100 heterozygous']],
    ['<NON_REF> beside it', { pos: 100, alt: 'G,<NON_REF>', samples: ['0/1'] }, ['A>G 99-100 heterozygous']],
    ['<*> beside it', { pos: 100, alt: 'G,<*>', samples: ['1/1'] }, ['A>G 99-100 homozygous']],
    ['a partial call', { pos: 100, samples: ['./1'] }, ['A>G 99-100 null']],
    ['a haploid autosome', { pos: 100, samples: ['1'] }, ['A>G 99-100 null']],
    ['a deletion, trimmed', { pos: 100, ref: 'ATG', alt: 'A', samples: ['0/1'] }, ['ATG>A 100-102 heterozygous']],
    ['lower case', { pos: 100, ref: 'a', alt: 'g', samples: ['0/1'] }, ['A>G 99-100 heterozygous']],
    ['ten ALTs', { pos: 100, alt: 'C,G,T,AA,AC,AG,AT,CA,CC,CG', samples: ['0/10'] }, ['A>CG 99-100 heterozygous']],
  ])('%s', async (_name, record, rows) => {
    expect(await carriedBy(record)).toEqual(rows);
  });

  it.each<[string, VcfRecord]>([
    ['0/0', { pos: 100, samples: ['0/0'] }],
    ['./.', { pos: 100, samples: ['./.'] }],
    ['only a spanning deletion', { pos: 100, alt: '*', samples: ['1/1'] }],
    ['only <NON_REF>', { pos: 100, alt: '<NON_REF>', samples: ['0/0'], format: 'GT:DP:GQ' }],
    ['no ALT', { pos: 100, alt: '.', samples: ['0/0'] }],
  ])('none for %s', async (_name, record) => {
    expect(await carriedBy(record)).toEqual([]);
  });

  it.each<[string, VcfRecord, 'male' | 'female' | undefined, string]>([
    ['haploid X', { chrom: 'chrX', pos: 50_000_000, samples: ['1'] }, undefined, 'hemizygous'],
    ['homozygous-coded X of a man', { chrom: 'chrX', pos: 50_000_000, samples: ['1/1'] }, 'male', 'hemizygous'],
    ['homozygous X of a woman', { chrom: 'chrX', pos: 50_000_000, samples: ['1/1'] }, 'female', 'homozygous'],
    ['homozygous X, sex unknown', { chrom: 'chrX', pos: 50_000_000, samples: ['1/1'] }, undefined, 'null'],
    ['pseudoautosomal X of a man', { chrom: 'chrX', pos: 2_000_000, samples: ['1/1'] }, 'male', 'homozygous'],
    ['Y', { chrom: 'chrY', pos: 10_000_000, samples: ['1/1'] }, undefined, 'hemizygous'],
    ['chrM without reads', { chrom: 'chrM', pos: 3243, samples: ['0/1'] }, undefined, 'heteroplasmic'],
    [
      'chrM, 96 of 100 reads',
      { chrom: 'chrM', pos: 3243, format: 'GT:AD', samples: ['0/1:4,96'] },
      undefined,
      'homoplasmic',
    ],
  ])('%s', async (_name, record, sex, state) => {
    expect((await carriedBy(record, sex)).map((row) => row.split(' ')[2])).toEqual([state]);
  });
});

describe('columns of a row', () => {
  it('reads depth, fraction and phase by the ALT', async () => {
    await archive.load(
      vcf([
        { pos: 100, id: 'rs1;rs2', alt: 'G,T', format: 'GT:AD:DP:PS', samples: ['1|2:10,30,60:101:77'] },
        { pos: 200, format: 'GT:DP:AF', samples: ['1|0:40:0.25'] },
        { pos: 300, format: 'GT:VAF', samples: ['0/1:0.5'] },
        { pos: 400, format: 'GT:AD', samples: ['0/1:.,5'] },
        { pos: 500, format: 'GT:AD:AF', samples: ['0/1:0,0:0.125'] },
        { pos: 600, format: 'GT:AD:DP', samples: ['0/1'] },
      ]),
    );
    const rows = await archive.rows('variants');
    const seen = rows.map((row) => [
      row['start0'],
      row['alt'],
      row['phase_set'],
      row['haplotypes'],
      row['allele_depth'],
      row['depth'],
      row['allele_fraction'],
    ]);
    expect(seen).toEqual([
      [99, 'G', '77', 1, 30, 101, expect.closeTo(0.3, 6)],
      [99, 'T', '77', 2, 60, 101, expect.closeTo(0.6, 6)],
      [199, 'G', '.', 1, null, 40, 0.25],
      [299, 'G', null, null, null, null, 0.5],
      [399, 'G', null, null, 5, null, null],
      [499, 'G', null, null, 0, null, 0.125],
      [599, 'G', null, null, null, null, null],
    ]);
    expect(rows[0]).toMatchObject({
      ids: 'rs1;rs2',
      subject: 'P1',
      input: 0,
      source_class: 'germline',
      genotype: '1|2',
      reported_start0: 99,
    });
    expect(rows[2]?.['ids']).toBeNull();
  });

  it('keeps FILTER as written, and a failing FT beside it', async () => {
    await archive.load(
      vcf([
        { pos: 100, filter: 'q10;s50' },
        { pos: 200, filter: '.' },
        { pos: 300, format: 'GT:FT', samples: ['0/1:LowGQ'] },
        { pos: 400, format: 'GT:FT', samples: ['0/1:PASS'] },
      ]),
    );
    expect((await archive.rows('variants')).map((row) => row['filters'])).toEqual([
      'q10;s50',
      '.',
      'PASS;LowGQ',
      'PASS',
    ]);
  });

  it('takes somatic records without genotype as present', async () => {
    const records = [{ pos: 100, alt: 'G,T', format: 'DP:AF', samples: ['30:0.1,0.2'] }];
    await archive.load(vcf(records), { sourceClass: 'somatic' });
    const rows = await archive.rows('variants');
    expect(rows.map(({ alt, genotype, allelic_state }) => [alt, genotype, allelic_state])).toEqual([
      ['G', null, null],
      ['T', null, null],
    ]);
    expect(rows[1]).toMatchObject({ depth: 30, allele_fraction: expect.closeTo(0.2, 6), source_class: 'somatic' });
  });

  it("takes a somatic file without sample columns as its subject's", async () => {
    await archive.load(vcf([{ pos: 100 }], { samples: [] }), { sourceClass: 'somatic' });
    expect(await archive.rows('variants')).toHaveLength(1);
  });
});

describe('a cohort', () => {
  const text = vcf(
    [
      { pos: 100, samples: ['0|1', '0|0', '1|1'] },
      { pos: 101, alt: 'C', samples: ['0|1', '1|0', './.'] },
      { chrom: 'chr2', pos: 50, samples: ['0/0', '0/1', '0/0'] },
    ],
    { samples: ['NA3', 'NA1', 'NA2'] },
  );

  it('is laid out by subject, then position', async () => {
    const report = await archive.load(text, { allSamples: true });
    expect(report).toMatchObject({ study: 'T1_GRCh38', subjects: 3, version: 1, status: 'committed' });
    const rows = await archive.rows('variants');
    expect(rows.map(({ subject, start0 }) => `${subject}:${start0}`)).toEqual([
      'NA1:100',
      'NA2:99',
      'NA3:99',
      'NA3:100',
      'NA1:49',
    ]);
  });

  it('gives one sample what all samples give', async () => {
    await archive.load(text, { allSamples: true });
    const all = (await archive.rows('variants')).filter(({ subject }) => subject === 'NA3');
    await archive.load(text, { sample: 'NA3', subject: 'NA3' });
    expect(await archive.rows('variants')).toEqual(all);
  });

  it('renames by a sample map', async () => {
    const sampleMap = new Map([
      ['NA1', { subject: 'a', specimen: 'sp1', sex: 'female' as const }],
      ['NA2', { subject: 'b' }],
      ['NA3', { subject: 'c' }],
    ]);
    await archive.load(text, { allSamples: true, sampleMap });
    const [study] = archive.studies.values();
    expect(study?.subjects.get('a')).toEqual([{ input: 0, sample: 'NA1', specimen: 'sp1', sex: 'female' }]);
  });
});

describe('containers and names', () => {
  it.each(['1', 'chr1', 'CHR1', 'NC_000001.11'])('%s is chromosome 1', async (chrom) => {
    await archive.load(vcf([{ chrom, pos: 100 }], { meta: [] }));
    const [study] = archive.studies.values();
    expect(study?.files.map(({ chromosome }) => chromosome)).toEqual(['1', '1']);
  });

  it('reads gzip', async () => {
    const path = archive.file('input.vcf.gz', gzipSync(vcf([{ pos: 100 }])));
    expect((await archive.load(path)).inputs[0]).toMatchObject({ records: 1, variantRows: 1 });
  });

  it('keeps hg19 chrM apart', async () => {
    const text = vcf([{ chrom: 'chrM', pos: 100 }], { meta: ['##contig=<ID=chrM,length=16571>'] });
    await archive.load(text, {}, { assembly: 'GRCh37' });
    const [study] = archive.studies.values();
    expect(study?.files[0]?.chromosome).toBe('MT-hg19');
  });

  it('counts contigs outside the primary assembly', async () => {
    const text = vcf([{ pos: 100 }, { chrom: 'chr1_KI270706v1_random', pos: 5 }, { chrom: 'chrEBV', pos: 6 }]);
    const report = await archive.load(text);
    expect(report.inputs[0]?.outside).toEqual({ chr1_KI270706v1_random: 1, chrEBV: 1 });
    expect(await archive.rows('variants')).toHaveLength(1);
  });

  it('warns when no length could be compared', async () => {
    const report = await archive.load(vcf([{ pos: 100 }], { meta: ['##contig=<ID=chr1>'] }));
    expect(report.inputs[0]?.warnings).toEqual([expect.stringContaining('taken as GRCh38 as declared')]);
  });

  it('takes a VCF without records as a study', async () => {
    await archive.load(vcf([]));
    const [study] = archive.studies.values();
    expect(study).toMatchObject({ files: [], study: { subjects: 1 } });
    expect(study?.study.inputs[0]?.changeTypes).toBeUndefined();
  });

  it('finds the change types of a file, carried or not', async () => {
    await archive.load(
      vcf([
        { pos: 100, samples: ['0/0'] },
        { pos: 200, ref: 'AT', alt: 'A' },
      ]),
    );
    const [study] = archive.studies.values();
    expect(study?.study.inputs[0]?.changeTypes).toEqual(['SNV', 'DEL']);
  });
});
