import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readCpicSql } from '../../lib/knowledge/cpic.ts';
import { drugIndex, readPharmGkbDrugs } from '../../lib/knowledge/drugs.ts';
import { readGuideline } from '../../lib/knowledge/guidelines.ts';
import { genotypeCode, readPharmGkbAnnotations, readPharmGkbClinicalVariants } from '../../lib/knowledge/pharmgkb.ts';
import { createReport } from '../../lib/knowledge/report.ts';
import type { TxRow } from '../../lib/knowledge/rows.ts';
import { KNOWLEDGE_SYSTEM } from '../../lib/knowledge/systems.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { collect } from './collect.ts';

const ROOT = '07_knowledge/pharmgkb_cpic';
const GUIDELINES = '08_pgx/pharmcat_history/guidelines_2023-04-16';
const silent = () => createReport(() => undefined);
const folder = mkdtempSync(join(tmpdir(), 'pgx-'));

async function knownDrugs() {
  const { drugs } = await readCpicSql(realFile(`${ROOT}/cpic_V2_initial_data.sql`), silent());
  return drugIndex([...drugs, ...(await readPharmGkbDrugs(realFile(`${ROOT}/otpgkb_drugs.tsv`), silent()))]);
}

const table = (path: string): readonly (readonly string[])[] =>
  readFileSync(realFile(path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .slice(1);

describe.skipIf(!hasRealData)('CPIC as it publishes its database', () => {
  it('reads drugs, genes and guidelines', async () => {
    const path = realFile(`${ROOT}/cpic_V2_initial_data.sql`);
    const { drugs, guidelines, genes, pairs } = await readCpicSql(path, silent());
    const between = (name: string): readonly string[] => {
      const lines = readFileSync(path, 'utf8').split('\n');
      const start = lines.findIndex((line) => line.startsWith(`COPY ${name} (`));
      return lines.slice(start + 1, lines.indexOf('\\.', start));
    };
    expect(drugs.length).toBe(between('drug').length);
    expect(guidelines.length).toBe(between('guideline').length);
    expect(genes.length).toBe(between('gene').length);
    expect(pairs).toEqual([]);
    expect(guidelines.find(({ id }) => id === '100411')).toEqual({
      id: '100411',
      name: 'CYP2C19 and Clopidogrel',
      url: 'https://cpicpgx.org/guidelines/guideline-for-clopidogrel-and-cyp2c19/',
      pharmGkb: ['PA166104948'],
    });
    expect(genes.find(({ symbol }) => symbol === 'POLG')?.hgnc).toBe('HGNC:9179');
    expect(drugIndex(drugs).byName('Abacavir')).toEqual({
      system: KNOWLEDGE_SYSTEM.rxNorm,
      code: '190521',
      display: 'Abacavir',
      also: [
        { system: KNOWLEDGE_SYSTEM.drugBank, code: 'DB01048' },
        { system: KNOWLEDGE_SYSTEM.pharmGkb, code: 'PA448004' },
      ],
    });
  });
});

describe('a CPIC dump', () => {
  const written = (text: string): string => {
    const path = join(folder, 'dump.sql');
    writeFileSync(path, text);
    return path;
  };

  it('gives pairs with their levels', async () => {
    const path = written(
      'COPY cpic.pair (pairid, genesymbol, drugid, guidelineid, cpiclevel) FROM stdin;\n1\tCYP2C19\tRxNorm:32968\t100411\tA\n2\tABCB1\tRxNorm:1\t\\N\tC\n\\.\n',
    );
    expect((await readCpicSql(path, silent())).pairs).toEqual([
      { gene: 'CYP2C19', drugId: 'RxNorm:32968', guidelineId: '100411', level: 'A' },
      { gene: 'ABCB1', drugId: 'RxNorm:1', guidelineId: undefined, level: 'C' },
    ]);
  });

  it.each([
    ['COPY drug (drugid, name) FROM stdin;\nRxNorm:1\n\\.\n', /dump.sql, line 2: 1 values, but COPY names 2/],
    ['COPY drug (drugid, name) FROM stdin;\nRxNorm:1\tx\n', /is cut/],
    ['select 1;\n', /has no COPY/],
  ])('refuses %j', async (text, message) => {
    await expect(readCpicSql(written(text), silent())).rejects.toThrow(message);
  });
});

describe.skipIf(!hasRealData)('PharmGKB', () => {
  it('gives a row for each genotype and drug of an annotation', async () => {
    const drugs = await knownDrugs();
    const annotations = `${ROOT}/otpgkb_summary_annotations.tsv`;
    const alleles = `${ROOT}/otpgkb_summary_ann_alleles.tsv`;
    const { rows, report } = await collect((to) =>
      readPharmGkbAnnotations(realFile(annotations), realFile(alleles), to, drugs),
    );
    const genotypes = table(alleles);
    const expected = table(annotations).reduce(
      (sum, row) => sum + genotypes.filter(([id]) => id === row[0]).length * (row[10] ?? '').split(';').length,
      0,
    );
    expect(rows.length).toBe(expected);
    // Without files that say where, all ten rs numbers are left out.
    const noPlace = 'genotypes of an rs number: no place given for its rs number (--sites)';
    expect(Object.fromEntries(report.unusable)).toEqual({ [`level 1A, ${noPlace}`]: 3, [`level 3, ${noPlace}`]: 7 });
    const hla = rows.find(({ identifiers }) => identifiers[0]?.value === '981419260');
    expect(hla).toMatchObject({
      genotypes: [{ system: KNOWLEDGE_SYSTEM.hla, code: 'HLA-B*58:01' }],
      treatments: [{ system: KNOWLEDGE_SYSTEM.rxNorm, code: '519', display: 'allopurinol' }],
      evidence: { system: KNOWLEDGE_SYSTEM.pharmGkbLevel, code: '1A' },
    });
    expect(hla?.conditions.map(({ display }) => display)).toContain('Stevens-Johnson Syndrome');
    const both = rows.filter(({ treatments }) => treatments.length > 1);
    expect(both.map(({ treatments }) => treatments.map(({ display }) => display))).toEqual(
      Array.from({ length: 3 }, () => ['ivacaftor', 'lumacaftor']),
    );
  });

  it('reads the whole older table; annotations without genotype lines are listed', async () => {
    const annotations = `${ROOT}/pharmgkb_clinical_annotations_full.tsv.gz`;
    const ids = gunzipSync(readFileSync(realFile(annotations)))
      .toString('utf8')
      .trim()
      .split(/\r?\n/)
      .slice(1);
    const alleles = realFile(`${ROOT}/otpgkb_summary_ann_alleles.tsv`);
    const { rows, report, listed } = await collect((to) =>
      readPharmGkbAnnotations(realFile(annotations), alleles, to, drugIndex([])),
    );
    expect(report.read).toBe(ids.length);
    const used = new Set(rows.map(({ identifiers }) => identifiers[0]?.value));
    const unread = listed.filter(({ reason }) => reason === 'no line for a genotype');
    expect(used.size + unread.length).toBe(ids.length);
    const others = listed.filter((one) => !unread.includes(one));
    expect(others.every(({ item, reason }) => used.has(item) && reason.endsWith('(--sites)'))).toBe(true);
  });

  it('reads clinicalVariants', async () => {
    const path = `${ROOT}/pharmgkb_clinicalVariants_v2.tsv`;
    const { rows, report } = await collect((to) => readPharmGkbClinicalVariants(realFile(path), to, drugIndex([])));
    expect(report.read).toBe(table(path).length);
    const drugsOf = (row: readonly string[]): number =>
      (row[4] ?? '').split(',').filter((one) => one.trim() !== '').length;
    const ofRsNumber = table(path).filter((row) => /^rs\d+$/.test(row[0] ?? '') && drugsOf(row) > 0);
    expect([...report.unusable].reduce((sum, [reason, own]) => sum + (reason.endsWith('stated') ? own : 0), 0)).toBe(
      ofRsNumber.length,
    );
    const annotated = new Set(ofRsNumber.map(([rsid = '']) => rsid));
    const beside = await collect((to) => readPharmGkbClinicalVariants(realFile(path), to, drugIndex([]), annotated));
    expect(beside.rows.filter(({ site }) => site !== undefined)).toEqual([]);
    expect(rows.length).toBe(table(path).reduce((sum, row) => sum + drugsOf(row), 0));
    const level = (code: string): number => rows.filter(({ evidence }) => evidence?.code === code).length;
    expect(level('1A')).toBe(
      table(path)
        .filter((row) => row[3] === '1A')
        .reduce((sum, row) => sum + drugsOf(row), 0),
    );
  });
});

it.each([
  ['CYP2C9', 'CYP2C9*1, CYP2C9*2', 'CYP2C9*2', KNOWLEDGE_SYSTEM.pharmVar, 'CYP2C9 *2'],
  ['CYP2C19', 'CYP2C19*1, CYP2C19*17', '*1/*17', KNOWLEDGE_SYSTEM.pharmVar, 'CYP2C19 *1/*17'],
  ['HLA-B', 'HLA-B*58:01', '*58:01', KNOWLEDGE_SYSTEM.hla, 'HLA-B*58:01'],
  ['SLCO1B1', 'rs4149056', 'CC', KNOWLEDGE_SYSTEM.pharmGkb, 'rs4149056 CC'],
  ['SLCO1B1', 'rs4149056', 'rs4149056', KNOWLEDGE_SYSTEM.dbSnp, 'rs4149056'],
  ['G6PD', 'G6PD A- 202A_376G', 'A- 202A_376G', KNOWLEDGE_SYSTEM.pharmGkb, 'G6PD A- 202A_376G'],
])('%s, %s, %s', (gene, variant, allele, system, code) => {
  expect(genotypeCode(gene, variant, allele)).toEqual({ system, code, display: code });
});

describe.skipIf(!hasRealData)('guideline annotations of PharmCAT', () => {
  it('gives a row for each recommendation and drug', async () => {
    const drugs = await knownDrugs();
    const files = ['cpic', 'dpwg'].flatMap((source) =>
      readdirSync(realFile(`${GUIDELINES}/${source}`))
        .filter((name) => name.includes('.json'))
        .map((name) => realFile(`${GUIDELINES}/${source}/${name}`)),
    );
    let expected = 0;
    for (const file of files) {
      const bytes = readFileSync(file);
      const content = JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8'));
      const groups: readonly { genePhenotypes?: readonly string[]; lookupkey?: object }[] =
        content.recommendations ?? content.annotationGroups ?? [];
      const keyed = groups.filter((one) => Object.keys(one.lookupkey ?? one.genePhenotypes ?? {}).length > 0);
      expected += keyed.length * (content.guideline?.relatedChemicals.length ?? 1);
    }
    const rows: TxRow[] = [];
    const listed: string[] = [];
    const report = createReport(({ item, reason }) => listed.push(`${item}: ${reason}`));
    for (const file of files) rows.push(...(await readGuideline(file, report, drugs)));
    expect(rows.length).toBe(expected);
    expect(listed).toContain('warfarin: no recommendation by phenotype');
    const clopidogrel = rows.filter(({ treatments }) => treatments[0]?.code === '32968');
    expect(clopidogrel.filter(({ source }) => source === 'DPWG')).toHaveLength(4);
    expect(clopidogrel.find(({ source }) => source === 'CPIC')).toMatchObject({
      functions: [[{ gene: 'CYP2C19', lookup: 'Poor Metabolizer' }]],
      treatments: [{ system: KNOWLEDGE_SYSTEM.rxNorm, code: '32968', display: 'clopidogrel' }],
      conditions: [{ display: 'CVI non-ACS non-PCI' }],
      implication: { system: KNOWLEDGE_SYSTEM.loinc, code: 'LA9657-3' },
      recommendation: expect.stringContaining('Avoid standard dose'),
      evidence: { text: 'CPIC Moderate' },
    });
    const poor = clopidogrel.find(({ identifiers }) => identifiers[1]?.value === 'PA166240401');
    expect(poor?.functions).toContainEqual([{ gene: 'CYP2C19', lookup: 'No function/No function' }]);
    expect(poor?.implication.code).toBe('LA9657-3');
    const amitriptyline = rows.find(
      ({ treatments, source }) => treatments[0]?.display === 'amitriptyline' && source === 'CPIC',
    );
    expect(amitriptyline?.functions).toEqual([
      [
        { gene: 'CYP2D6', lookup: '1.25' },
        { gene: 'CYP2C19', lookup: 'Likely Poor Metabolizer' },
      ],
    ]);
    const texts = rows.flatMap(({ implication, recommendation }) => [implication.text, recommendation ?? '']);
    expect(texts.filter((text) => /<\/?[a-z]|&\w+;/.test(text))).toEqual([]);
  });

  it('refuses other files', async () => {
    const read = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return readGuideline(join(folder, name), silent(), drugIndex([]));
    };
    await expect(read('a.json', '{}')).rejects.toThrow(/a.json is no guideline annotation/);
    await expect(read('b.json', '{')).rejects.toThrow(/b.json is not JSON/);
    await expect(readGuideline(join(folder, 'none.json'), silent(), drugIndex([]))).rejects.toThrow(/cannot be read/);
  });
});
