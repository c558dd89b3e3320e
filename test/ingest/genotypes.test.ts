import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGenotypeTable } from '../../lib/ingest/genotype-table.ts';
import { type GenotypeRequest, importGenotypes } from '../../lib/ingest/genotypes.ts';
import { readPharmcatReport } from '../../lib/knowledge/pharmcat/report.ts';
import { findStudyMetadata } from '../../lib/operations/find-study-metadata.ts';
import { genotypesOf } from '../../lib/operations/subject-genotypes.ts';
import { subjectView } from '../../lib/operations/subject-view.ts';
import { storeStudy, type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { ask } from '../support/response.ts';

const HEADER =
  'subject,test_id,test_date,specimen_id,source_class,gene_system,gene_code,gene_symbol,genotype_system,genotype_code,genotype_display';
const CYP2C19 = 'http://www.genenames.org,HGNC:2621,CYP2C19,http://www.pharmvar.org,CYP2C19_*1/*17,CYP2C19 *1/*17';
const HLA_A = 'http://www.genenames.org/geneId,HGNC:4931,HLA-A,http://glstring.org,hla#3.33.0#HLA-A*01:01+HLA-A*23:01,';

let archive: TemporaryArchive;
beforeAll(async () => {
  archive = await temporaryArchive();
});
afterAll(() => archive.remove());

async function table(name: string, ...rows: readonly string[]): Promise<string> {
  const path = join(archive.folder, name);
  await writeFile(path, `${[HEADER, ...rows].join('\n')}\n`);
  return path;
}

async function importTable(mode: GenotypeRequest['mode'], ...rows: readonly string[]) {
  const requests = await readGenotypeTable(await table('genotypes.csv', ...rows), mode);
  const reports = [];
  for (const request of requests) reports.push(await importGenotypes(request, archive.genotypes));
  return reports;
}

async function found(subject: string, filters = {}) {
  const [reference, knowledge] = await Promise.all([archive.ports.reference(), archive.ports.knowledge()]);
  const view = await subjectView(subject, filters, archive.ports);
  return genotypesOf(view, { ...archive.ports, reference, knowledge });
}

describe('a table of genotypes', () => {
  it('becomes genotypes of a test that is there, filtered as every other', async () => {
    const reports = await importTable(
      'create',
      `T1,pgx-1,2024-02-12,blood,germline,${CYP2C19}`,
      `T1,pgx-1,2024-02-12,,,${HLA_A}`,
      `T2,pgx-1,2024-02-13,,somatic,,,CYP2D6,,*1/*36x2+*10,`,
    );
    expect(reports.map(({ study, status, genotypes }) => [study, status, genotypes])).toEqual([
      ['T1_pgx-1_genotypes', 'committed', 2],
      ['T2_pgx-1_genotypes', 'committed', 1],
    ]);
    const [cyp2c19, hla] = await found('T1');
    expect(cyp2c19).toMatchObject({
      subject: 'T1',
      gene: { symbol: 'CYP2C19', hgncId: 'HGNC:2621' },
      alleles: ['*1', '*17'],
      coding: { system: 'http://www.pharmvar.org', code: 'CYP2C19_*1/*17', display: 'CYP2C19 *1/*17' },
      origin: 'imported',
      candidates: 1,
    });
    expect(hla?.alleles).toEqual(['HLA-A*01:01', 'HLA-A*23:01']);
    expect(await found('T1', { genomicSourceClass: 'germline' })).toHaveLength(1);
    expect(await found('T1', { specimenIdentifiers: ['blood'] })).toHaveLength(1);
    expect(await found('T1', { testIdentifiers: ['other'] })).toHaveLength(0);
    expect((await found('T2', { genomicSourceClass: 'somatic' })).map(({ alleles }) => alleles)).toEqual([
      ['*1', '*36x2+*10'],
    ]);
  });

  it('is a no-op the second time, and another one needs to say what it is', async () => {
    const row = `T3,pgx-2,2024-02-12,,germline,${CYP2C19}`;
    const other = `T3,pgx-2,2024-02-12,,germline,,,CYP2D6,,*1/*4,`;
    expect(await importTable('create', row)).toMatchObject([{ status: 'committed', version: 1 }]);
    expect(await importTable('create', row)).toMatchObject([{ status: 'unchanged', version: 1 }]);
    await expect(importTable('create', other)).rejects.toThrow(/exists with other genotypes; add these with --add/);
    expect(await importTable('add', other)).toMatchObject([{ status: 'committed', version: 2 }]);
    expect((await found('T3')).map(({ gene }) => gene.symbol)).toEqual(['CYP2C19', 'CYP2D6']);
    expect(await importTable('replace', other)).toMatchObject([{ status: 'committed', version: 3 }]);
    expect((await found('T3')).map(({ gene }) => gene.symbol)).toEqual(['CYP2D6']);
    expect((await archive.admin.verify()).problems).toEqual([]);
    expect(await archive.admin.sweep({ olderThanHours: 0 })).toMatchObject({ objects: 2 });
    expect((await found('T3')).map(({ gene }) => gene.symbol)).toEqual(['CYP2D6']);
  });

  it('is shown with the test it is of, which has sequence already', async () => {
    const sequenced = await storeStudy(archive, { id: 'S1_exome_GRCh38' });
    const { testId, testDate } = sequenced.study;
    await importTable('create', `S1,${testId},${testDate},,germline,${CYP2C19}`);
    await importTable('create', `S1,hla-1,2024-03-01,,germline,${HLA_A}`);
    const answer = await ask(findStudyMetadata, { subject: 'S1' }, archive.ports);
    const tests = (answer.parameter ?? []).map(({ part = [] }) =>
      part.map(({ name, valueString }) => valueString ?? name),
    );
    expect(tests.map(([test, , build]) => [test, build])).toEqual([
      ['hla-1', undefined],
      [testId, 'genomicBuild'],
    ]);
    await expect(importTable('create', `S1,${testId},1999-01-01,,germline,${CYP2C19}`)).rejects.toThrow(
      new RegExp(`test ${testId} of S1 is of ${testDate} in the archive, not of 1999-01-01`),
    );
  });

  it.each([
    ['a row without a gene', ['T4,t,2024-01-01,,,,,,,*1/*1,'], /line 2: gene_symbol is missing/],
    ['a row without a genotype', ['T4,t,2024-01-01,,,,,CYP2C19,,,'], /line 2: genotype_display is missing/],
    ['a gene of another system', ['T4,t,2024-01-01,,,http://x,1,CYP2C19,,*1/*1,'], /gene_system 'http:\/\/x' is not/],
    ['a gene id that is none', ['T4,t,2024-01-01,,,,CYP,CYP2C19,,*1/*1,'], /gene_code 'CYP' is no HGNC id/],
    ['an empty allele', ['T4,t,2024-01-01,,,,,CYP2C19,,*1/,'], /'\*1\/' has an allele without a name/],
    ['a source class that is none', ['T4,t,2024-01-01,,foetal,,,CYP2C19,,*1/*1,'], /source_class 'foetal' is neither/],
    [
      'a row that stands twice',
      ['T4,t,2024-01-01,,,,,CYP2C19,,*1/*1,', 'T4,t,2024-01-01,,,,,CYP2C19,,*1/*1,'],
      /line 3: the same as line 2/,
    ],
    [
      'two dates',
      ['T4,t,2024-01-01,,,,,CYP2C19,,*1/*1,', 'T4,t,2024-01-02,,,,,CYP2C9,,*1/*1,'],
      /line 3: test_date 2024-01-02, but line 2/,
    ],
    ['a date that is none', ['T4,t,2024-02-30,,,,,CYP2C19,,*1/*1,'], /'2024-02-30' is not a date/],
    ['a subject id that is none', ['T 4,t,2024-01-01,,,,,CYP2C19,,*1/*1,'], /line 2: 'T 4' cannot be a subject id/],
  ])('is refused with %s, and leaves the store as it was', async (_, rows, message) => {
    await expect(importTable('create', ...rows)).rejects.toThrow(message);
    expect(await archive.ports.studies.subject('T4')).toBeUndefined();
  });
});

describe.runIf(hasRealData)("PharmCAT's example report", () => {
  it('gives the diplotypes, phenotypes and scores it states, outside calls too', async () => {
    const name = 'pharmcat.example.report.json';
    const text = gunzipSync(readFileSync(realFile(`08_pgx/pharmcat/examples/${name}.gz`))).toString();
    const { genotypes, uncalled } = readPharmcatReport(text, name);
    expect(uncalled).toEqual(['HLA-A']);
    const request = {
      subject: 'P1',
      testId: 'wgs',
      testDate: '2025-11-14',
      mode: 'create',
      file: name,
      genotypes,
    } as const;
    expect(await importGenotypes(request, archive.genotypes)).toMatchObject({ status: 'committed', genotypes: 22 });
    const byGene = new Map((await found('P1')).map((one) => [one.gene.symbol, one]));
    expect(byGene.get('CYP2D6')).toMatchObject({
      alleles: ['*1', '*3'],
      phenotype: 'Intermediate Metabolizer',
      activityScore: '1.0',
    });
    expect(byGene.get('HLA-B')?.alleles).toEqual(['HLA-B*15:02', 'HLA-B*57:01']);
    expect(byGene.get('MT-RNR1')).toMatchObject({ alleles: ['1555A>G'], candidates: 1 });
    expect(byGene.get('CYP2C19')?.alleles).toEqual(['*38', '*38']);
  });
});
