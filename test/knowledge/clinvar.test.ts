import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readClinvarSubmissions, readClinvarSummary } from '../../lib/knowledge/clinvar-tables.ts';
import { readClinvarVcf } from '../../lib/knowledge/clinvar-vcf.ts';
import { createReport } from '../../lib/knowledge/report.ts';
import { KNOWLEDGE_SYSTEM } from '../../lib/knowledge/systems.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { collect } from './collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'clinvar-'));

function written(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const lines = (path: string): readonly string[] =>
  gunzipSync(readFileSync(realFile(path)))
    .toString('utf8')
    .split(/\r?\n/);
const records = (path: string): readonly string[] => lines(path).filter((line) => line !== '' && !line.startsWith('#'));
const tally = (values: readonly (string | undefined)[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value ?? ''] = (counts[value ?? ''] ?? 0) + 1;
  return counts;
};

const HEAD = ['##fileformat=VCFv4.1', '##reference=GRCh38', '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO'];

describe.skipIf(!hasRealData)('a ClinVar release as VCF', () => {
  const RELEASE = '07_knowledge/clinvar/clinvar_astone0411.vcf.gz';

  it('gives one row for each classification; the rest is counted and listed', async () => {
    const { rows, report, listed } = await collect((to) => readClinvarVcf(realFile(RELEASE), to));
    const all = records(RELEASE);
    const plain = (line: string): boolean => /^[ACGTN]+\t[ACGTN]+$/.test(line.split('\t').slice(3, 5).join('\t'));
    const usable = all.filter(plain);
    const value = (line: string, key: string): string | undefined => new RegExp(`[;\t]${key}=([^;]*)`).exec(line)?.[1];
    const texts = ['CLNSIG', 'ONC', 'SCI'].flatMap((key) => usable.flatMap((line) => value(line, key) ?? []));
    expect(report.read).toBe(all.length);
    expect(rows.length).toBe(texts.length);
    expect(tally(rows.map(({ significance }) => significance.text))).toEqual(
      tally(texts.map((text) => text.replaceAll('_', ' ').replaceAll('|', ', '))),
    );
    const pathogenic = rows.filter(({ significance }) => significance.code === 'LA6668-3');
    expect(pathogenic.length).toBe(usable.filter((line) => /[;\t]CLNSIG=Pathogenic(;|$)/.test(line)).length);
    const without = all.filter((line) => !/[;\t](CLNSIG|ONC|SCI)=/.test(line));
    expect(Object.fromEntries(report.unusable)).toEqual({
      'no classification of the variant itself': without.length,
      'allele is not a sequence of A, C, G, T, N': all.filter((line) => !plain(line) && !without.includes(line)).length,
    });
    expect(listed.map(({ item }) => item).slice(0, 3)).toEqual(without.slice(0, 3).map((line) => line.split('\t')[2]));
    expect(lines(RELEASE)[(listed[0]?.line ?? 0) - 1]?.split('\t')[2]).toBe(listed[0]?.item);
    const codes = rows.flatMap(({ conditions }) =>
      conditions.filter(({ system }) => system === KNOWLEDGE_SYSTEM.mondo),
    );
    expect(codes.every(({ code, display }) => /^MONDO:\d{7}$/.test(code ?? '') && display !== undefined)).toBe(true);
  }, 60_000);

  it('reads an insertion, its conditions with all their codes, its submission and its names', async () => {
    const { rows } = await collect((to) => readClinvarVcf(realFile(RELEASE), to));
    const row = rows.find(({ identifiers }) => identifiers[0]?.value === '982398');
    const first = 'Neurodevelopmental disorder with progressive spasticity and brain white matter abnormalities';
    expect(row).toMatchObject({
      variants: ['NC_000001.11:45327489::TGCC'],
      significance: { system: KNOWLEDGE_SYSTEM.loinc, code: 'LA26332-9', text: 'Likely pathogenic' },
      reviewStatus: 'criteria provided, single submitter',
      evidence: { system: KNOWLEDGE_SYSTEM.clinVarStars, code: '1-star' },
    });
    expect(row?.conditions).toEqual([
      { system: KNOWLEDGE_SYSTEM.mondo, code: 'MONDO:0033613', display: first },
      { system: KNOWLEDGE_SYSTEM.medGen, code: 'C5436628', display: first },
      { system: KNOWLEDGE_SYSTEM.omim, code: '619026', display: first },
      { system: KNOWLEDGE_SYSTEM.orphanet, code: '210141', display: first },
      { system: KNOWLEDGE_SYSTEM.orphanet, code: '641353', display: first },
      ...['HP:0001258', 'HP:0007062', 'HP:0007124', 'HP:0007216'].map((code) => ({
        system: KNOWLEDGE_SYSTEM.hpo,
        code,
        display: 'Spastic paraplegia',
      })),
      { system: KNOWLEDGE_SYSTEM.medGen, code: 'C0037772', display: 'Spastic paraplegia' },
    ]);
    expect(row?.identifiers).toContainEqual({ system: KNOWLEDGE_SYSTEM.clinVarSubmission, value: 'SCV001439333' });
    expect(row?.variantIdentifiers).toEqual([
      { system: KNOWLEDGE_SYSTEM.dbSnp, value: 'rs1644248738' },
      { system: KNOWLEDGE_SYSTEM.clinVarAllele, value: '970516' },
      { system: KNOWLEDGE_SYSTEM.clinGenAllele, value: 'CA1139655473' },
    ]);
  }, 60_000);

  it('takes the assembly from the header: 2019, GRCh37', async () => {
    const path = '07_knowledge/clinvar/clinvar_20191007_slice.vcf.gz';
    const { rows, report } = await collect((to) => readClinvarVcf(realFile(path), to));
    expect(rows.length).toBe(records(path).length);
    expect(report.unusable.size).toBe(0);
    expect(rows[0]?.variants).toEqual(['NC_000001.10:949391:C:T']);
    expect(rows[0]?.conditions.map(({ code }) => code)).toEqual(['C4015293', '616126', '319563']);
    await expect(collect((to) => readClinvarVcf(realFile(path), to, 'GRCh38'))).rejects.toThrow(/GRCh37, but GRCh38/);
  });
});

describe('a ClinVar VCF', () => {
  const one = async (record: string) => collect((to) => readClinvarVcf(written('one.vcf', ...HEAD, record), to));

  it('classifies as germline, oncogenicity and somatic impact in a row each', async () => {
    const { rows } = await one(
      '7\t140753336\t13961\tA\tT\t.\t.\tCLNSIG=Pathogenic|drug_response;CLNREVSTAT=practice_guideline;CLNDN=not_provided;CLNDISDB=MedGen:C3661900;ONC=Oncogenic;ONCDN=Neoplasm;ONCDISDB=MeSH:D009369;SCI=Tier_I_-_Strong;SCIDN=.;RS=113488022',
    );
    expect(rows.map(({ significance, conditions }) => [significance, conditions])).toEqual([
      [{ text: 'Pathogenic, drug response' }, []],
      [{ text: 'Oncogenic' }, [{ system: KNOWLEDGE_SYSTEM.mesh, code: 'D009369', display: 'Neoplasm' }]],
      [{ text: 'Tier I - Strong' }, []],
    ]);
    expect(rows[0]?.evidence?.code).toBe('4-star');
  });

  it('keeps names and codes apart when they do not match in number', async () => {
    const { rows } = await one('1\t10\t5\tA\tC\t.\t.\tCLNSIG=Benign;CLNDN=First|Second;CLNDISDB=OMIM:1');
    expect(rows[0]?.conditions).toEqual([
      { system: KNOWLEDGE_SYSTEM.omim, code: '1' },
      { display: 'First' },
      { display: 'Second' },
    ]);
  });

  it.each([
    ['NW_009646201.1\t10\t5\tA\tC\t.\t.\tCLNSIG=Benign', 'sequence outside the primary assembly'],
    ['1\t10\t5\tA\t.\t.\t.\tCLNSIG=Benign', 'allele is not a sequence of A, C, G, T, N'],
    ['1\t999999999\t5\tA\tC\t.\t.\tCLNSIG=Benign', 'position outside the sequence'],
    ['1\t10\t5\tA\tC\t.\t.\tCLNSIGINCL=1:Benign', 'no classification of the variant itself'],
  ])('lists %j: %s', async (record, reason) => {
    const { rows, listed } = await one(record);
    expect(rows).toEqual([]);
    expect(listed).toEqual([{ file: 'one.vcf', line: 4, reason, item: '5' }]);
  });

  it.each([
    [
      ['##fileformat=VCFv4.1', '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO', '1\t1\t1\tA\tC\t.\t.\tX=1'],
      /line 3: .*declare/,
    ],
    [[...HEAD, '1\tx\t1\tA\tC\t.\t.\tX=1'], /bad.vcf, line 4: not a VCF record; POS is 'x'/],
    [['##fileformat=VCFv4.1', '##reference=GRCh38'], /no line of column names/],
    [['a\tb'], /line 1: not a VCF/],
  ])('refuses %j', async (content, message) => {
    await expect(collect((to) => readClinvarVcf(written('bad.vcf', ...content), to))).rejects.toThrow(message);
  });
});

describe.skipIf(!hasRealData)('variant_summary', () => {
  it('gives an allele once, with the variants of both assemblies', async () => {
    const path = '07_knowledge/clinvar/clinvar_variant_summary_slice.txt.gz';
    const { rows, report } = await collect((to) => readClinvarSummary(realFile(path), to));
    expect(report.read).toBe(records(path).length);
    const unused = [...report.unusable.values()].reduce((sum, count) => sum + count, 0);
    expect(rows.reduce((sum, { variants }) => sum + variants.length, 0)).toBe(report.read - unused);
    expect(rows[0]).toMatchObject({
      variants: ['NC_000014.9:54902457:G:A', 'NC_000014.8:55369175:G:A'],
      significance: { code: 'LA26334-5' },
      evidence: { code: 'no-star' },
    });
    expect(rows.find(({ variants }) => variants[0]?.startsWith('NC_000009'))?.conditions).toEqual([
      { system: KNOWLEDGE_SYSTEM.medGen, code: 'CN221549', display: 'Haemorrhagic telangiectasia 1' },
    ]);
    expect(rows.some(({ variants }) => variants[0]?.endsWith('::TT'))).toBe(true);
  });

  it('reads the repeat expansions, most of which state no sequence', async () => {
    const path = realFile('07_knowledge/clinvar/clinvar_variant_summary_repeat_expansions.tsv');
    const { rows, report, listed } = await collect((to) => readClinvarSummary(path, to));
    const read = readFileSync(path, 'utf8')
      .split('\n')
      .slice(1)
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(report.read).toBe(read.length);
    expect(rows.flatMap(({ variants }) => variants).length + listed.length).toBe(read.length);
  });
});

describe('submission_summary', () => {
  it('gives a row for each submission, by variation', async () => {
    const path = written(
      'submission_summary.txt',
      '##Overview of interpretation and submissions',
      '#Explanation of the columns in this report',
      '#VariationID\tClinicalSignificance\tDateLastEvaluated\tDescription\tSubmittedPhenotypeInfo\tReportedPhenotypeInfo\tReviewStatus\tCollectionMethod\tOriginCounts\tSubmitter\tSCV\tSubmittedGeneSymbol\tExplanationOfInterpretation',
      '2\tPathogenic\tJun 29, 2010\t-\tSPG48\tC3150901:Hereditary spastic paraplegia 48;na:Other\tno assertion criteria provided\tliterature only\tgermline:na\tOMIM\tSCV000020155.3\tAP5Z1\t-',
      '2\t-\t-\t-\tSPG48\tC3150901:x\tno classification provided\tliterature only\tgermline:na\tLab\tSCV000020156.1\tAP5Z1\t-',
    );
    const report = createReport(() => undefined);
    const found = [];
    for await (const submission of readClinvarSubmissions(path, report)) found.push(submission);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ place: { line: 4 }, variationId: '2' });
    expect(found[0]?.row).toEqual({
      kind: 'dx',
      significance: { system: KNOWLEDGE_SYSTEM.loinc, code: 'LA6668-3', text: 'Pathogenic' },
      reviewStatus: 'no assertion criteria provided',
      evidence: { system: KNOWLEDGE_SYSTEM.clinVarStars, code: 'no-star', text: 'no assertion criteria provided' },
      conditions: [
        { system: KNOWLEDGE_SYSTEM.medGen, code: 'C3150901', display: 'Hereditary spastic paraplegia 48' },
        { display: 'Other' },
      ],
      identifiers: [
        { system: KNOWLEDGE_SYSTEM.clinVarSubmission, value: 'SCV000020155.3' },
        { system: KNOWLEDGE_SYSTEM.clinVar, value: '2' },
      ],
      source: 'ClinVar',
    });
    expect(report.read).toBe(2);
  });

  it('refuses another table, and a row cut short', async () => {
    const next = (path: string) =>
      readClinvarSubmissions(
        path,
        createReport(() => undefined),
      ).next();
    await expect(next(written('x.tsv', 'a\tb', '1\t2'))).rejects.toThrow(
      /x.tsv, line 1: column 'VariationID' is missing/,
    );
    const head = '#VariationID\tClinicalSignificance\tReviewStatus\tReportedPhenotypeInfo\tSCV';
    await expect(next(written('y.tsv', head, '1\tBenign'))).rejects.toThrow(/y.tsv, line 2: only 2 values/);
  });
});
