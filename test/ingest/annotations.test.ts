import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Assembly, chromosomeNamed, chromosomesOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import type { RangeQuestion, SubjectView } from '../../lib/operations/ports.ts';
import { collect, type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { type IngestArchive, ingestArchive } from '../support/ingest-archive.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { CONTIGS_38, vcf } from '../support/vcf-builder.ts';

const CSQ =
  '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: Allele|Consequence|IMPACT|SYMBOL|Gene|Feature|HGVSc|HGVSp|ENSP">';

describe('annotations of a file', () => {
  let archive: IngestArchive;
  beforeEach(() => {
    archive = ingestArchive();
  });
  afterEach(() => archive.remove());

  const annotated = (info: string, samples = ['0/1'], alt = 'G', meta: readonly string[] = ['##VEP="v105"', CSQ]) =>
    vcf([{ pos: 100, alt, info, samples }], {
      meta: [...CONTIGS_38, ...meta],
      samples: samples.map((_, i) => `S${i}`),
    });

  it('are one row for each allele and transcript, whoever carries the allele', async () => {
    const entry =
      'G|missense_variant&splice_region_variant|MODERATE|GENE1|ENSG1|ENST1.2|ENST1.2:c.1A>G|ENSP1.1:p.Lys1Arg|ENSP1.1';
    await archive.load(annotated(`CSQ=${entry},G|intron_variant|MODIFIER|GENE1|ENSG1|ENST2.1|||`, ['0/1', '1/1']), {
      allSamples: true,
    });
    const common = { input: 0, start0: 99, end0: 100, reported_start0: 99, ref: 'A', alt: 'G', tool: 'VEP 105' };
    const gene = { gene: 'GENE1', gene_id: 'ENSG1', biotype: null, unknown_terms: null };
    expect(await archive.rows('consequences')).toEqual([
      {
        ...{ ...common, ...gene, ordinal: 0, transcript: 'ENST1.2', impact: 'MODERATE' },
        consequences: 'SO:0001583&SO:0001630',
        ...{ c_hgvs: 'ENST1.2:c.1A>G', p_hgvs: 'ENSP1.1:p.Lys1Arg', protein: 'ENSP1.1' },
      },
      {
        ...{ ...common, ...gene, ordinal: 1, transcript: 'ENST2.1', impact: 'MODIFIER' },
        ...{ consequences: 'SO:0001627', c_hgvs: null, p_hgvs: null, protein: null },
      },
    ]);
    const [study] = [...archive.studies.values()];
    expect(study?.study.inputs[0]?.annotations).toEqual(['VEP 105']);
    expect(study?.files.find(({ kind }) => kind === 'consequences')).toMatchObject({ chromosome: '1', input: 0 });
  });

  it('are kept of the alleles that someone carries only', async () => {
    const info = 'CSQ=G|stop_gained|HIGH|A|A|T1|||,T|missense_variant|MODERATE|A|A|T1|||';
    await archive.load(annotated(info, ['0/2'], 'G,T'));
    const rows = await archive.rows('consequences');
    expect(rows.map(({ alt, consequences }) => [alt, consequences])).toEqual([['T', 'SO:0001583']]);
  });

  it('keep the terms that are not known here', async () => {
    await archive.load(annotated('CSQ=G|missense_variant&novel_thing|MODERATE|A|A|T1|||'));
    expect(await archive.rows('consequences')).toMatchObject([
      { consequences: 'SO:0001583', unknown_terms: 'novel_thing' },
    ]);
  });

  it('that name no allele of several are left out and counted', async () => {
    const eff = `##INFO=<ID=EFF,Number=.,Type=String,Description="Predicted effects. Format: 'Effect ( Effect_Impact | Functional_Class | Codon_Change | Amino_Acid_change | Gene_Name | Gene_BioType | Coding | Transcript | Exon [ | ERRORS | WARNINGS ] )' ">`;
    const info = 'EFF=INTRON(MODIFIER||||GENE1|protein_coding|CODING|ENST1|)';
    await archive.load(annotated(info, ['1/2'], 'G,T', ['##SnpEffVersion="3.1 (build 2012)"', eff]));
    expect(await archive.rows('consequences')).toEqual([]);
    const [study] = [...archive.studies.values()];
    expect(study?.study.inputs[0]).toMatchObject({
      annotations: ['SnpEff 3.1'],
      counts: { 'annotation-without-allele': 1 },
    });
  });

  it('that point to the joint consequence in another record are left out', async () => {
    const bcsq = '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from BCFtools/csq">';
    const version = '##bcftools_csqVersion=1.10.2+htslib-1.10.2';
    await archive.load(annotated('BCSQ=@90,intron|GENE1||protein_coding', ['0/1'], 'G', [version, bcsq]));
    expect(await archive.rows('consequences')).toMatchObject([
      { tool: 'bcftools csq 1.10.2', consequences: 'SO:0001627' },
    ]);
  });

  it('make no file where there are none', async () => {
    await archive.load(vcf([{ pos: 100 }]));
    const [study] = [...archive.studies.values()];
    expect(study?.files.map(({ kind }) => kind).sort()).toEqual(['regions', 'variants']);
    expect(study?.study.inputs[0]).not.toHaveProperty('annotations');
  });
});

interface Case {
  readonly path: string;
  readonly assembly: Assembly;
  readonly key: string;
  readonly samples: 'none' | 'one' | 'all';
  readonly sample?: string;
}

const CASES: readonly Case[] = [
  {
    path: '04_somatic/pvac_HCC1395_annotated_expression.grch38.vcf.gz',
    assembly: 'GRCh38',
    key: 'CSQ',
    samples: 'one',
    sample: 'HCC1395_TUMOR_DNA',
  },
  { path: '06_annotated/bcftools_split-vep.vcf.gz', assembly: 'GRCh37', key: 'CSQ', samples: 'none' },
  { path: '02_germline_single_trio_gvcf/giab_ashkenazim_trio.vcf.gz', assembly: 'GRCh37', key: 'BCSQ', samples: 'all' },
];

/** `1:100A>G` by plain splitting, with the number of entries that name the allele's record. */
function entriesOf({ path, assembly, key }: Case): ReadonlyMap<string, number> {
  const bytes = readFileSync(realFile(path));
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [contig = '', position, , ref = '', alt = '', , filter, info = ''] = line.split('\t');
    const value = info.split(';').find((pair) => pair.startsWith(`${key}=`));
    const chromosome = line.startsWith('#') || contig === '' ? undefined : chromosomeNamed(assembly, contig);
    if (chromosome === undefined || (filter !== 'PASS' && filter !== '.') || alt.includes(',')) continue;
    // Of a record that was split after annotation, an entry may name another allele.
    const own = (entry: string): boolean =>
      !entry.startsWith('@') && (/\d[A-Z]+>([A-Z]+)$/.exec(entry)?.[1] ?? alt) === alt;
    const entries = (value?.slice(key.length + 1).split(',') ?? []).filter(own);
    counts.set(`${chromosome}:${position}${ref}>${alt}`.toUpperCase(), entries.length);
  }
  return counts;
}

describe.skipIf(!hasRealData)('annotations of real files come back with their variants', () => {
  let local: TemporaryArchive | undefined;
  afterAll(() => local?.remove());

  it.each(CASES)('$path', async (one) => {
    local ??= await temporaryArchive();
    const { path, assembly, samples, sample } = one;
    const input = {
      file: realFile(path),
      sourceClass: samples === 'all' ? ('germline' as const) : ('somatic' as const),
      ...(samples === 'all' ? { allSamples: true } : { subject: `S-${assembly}-${one.key}` }),
      ...(sample === undefined ? {} : { sample }),
    };
    const report = await ingest(
      { assembly, testId: path.replace(/\W/g, '-'), testDate: '2020-01-01', mode: 'create', inputs: [input] },
      local.archive,
    );
    const committed = await local.archive.study(report.study);
    const [subject, own] = [...(committed?.subjects ?? [])][0]!;
    const view: SubjectView = { subject, studies: [{ study: committed!.study, samples: own }] };
    const questions = chromosomesOf(assembly).map(
      ({ chromosome, length }, index): RangeQuestion => ({
        index,
        chromosome,
        start0: interbase(0),
        end0: interbase(length),
      }),
    );
    const [plain, annotated] = await Promise.all([
      collect(local.ports.variants.simple(view, questions)),
      collect(local.ports.variants.annotated(view, questions)),
    ]);
    // Every row once, in the order of the rows alone.
    expect(annotated.map(({ index, row }) => ({ index, row: row.variant }))).toEqual(plain);
    const expected = entriesOf(one);
    let [compared, statements] = [0, 0];
    for (const { row } of annotated) {
      const { chromosome, reportedStart0, ref, alt } = row.variant;
      const count = expected.get(`${chromosome}:${reportedStart0 + 1}${ref}>${alt}`.toUpperCase());
      if (count === undefined) continue;
      compared++;
      statements += row.stated.length;
      expect([`${chromosome}:${reportedStart0 + 1}${ref}>${alt}`, row.stated.length]).toEqual([
        `${chromosome}:${reportedStart0 + 1}${ref}>${alt}`,
        count,
      ]);
    }
    console.log(`${path}: ${compared} alleles, ${statements} statements`);
    expect(compared).toBeGreaterThan(50);
    // With codes: what is stated matches, and rows without a statement stay.
    const codes = ['SO:0001583'];
    const filtered = await collect(local.ports.variants.annotated(view, questions, codes));
    const wanted = annotated.flatMap(({ index, row }) => {
      const stated = row.stated.filter(({ consequences }) => consequences.includes('SO:0001583'));
      return row.stated.length > 0 && stated.length === 0 ? [] : [{ index, row: { ...row, stated } }];
    });
    expect(filtered).toEqual(wanted);
  });
});
