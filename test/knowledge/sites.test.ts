import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readSites, siteFilesOf } from '../../lib/knowledge/sites/read-sites.ts';
import { collectSites, type SiteIndex } from '../../lib/knowledge/sites/site.ts';
import { siteGenotypes } from '../../lib/knowledge/sites/site-genotypes.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'sites-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const COLUMNS = '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO';
const vcf = (name: string, header: readonly string[], ...records: readonly string[]): string =>
  written(name, ['##fileformat=VCFv4.2', ...header, COLUMNS, ...records, ''].join('\n'));
const record = (...[chromosome, pos, id, ref, alt, info = '.']: readonly string[]): string =>
  [chromosome, pos, id, ref, alt, '.', '.', info].join('\t');

async function read(paths: readonly string[], ...rsids: readonly string[]): Promise<SiteIndex> {
  const sites = collectSites(new Set(rsids));
  await readSites(await siteFilesOf(paths), sites);
  return sites;
}

/** A site as `accession:start0:reference>alternatives`. */
function told(index: SiteIndex, rsid: string): string | readonly string[] {
  const sites = index.of(rsid);
  if (typeof sites === 'string') return sites;
  return sites.map((one) => `${one.accession}:${one.start0}:${one.reference}>${[...one.alternatives].toSorted()}`);
}

const SLCO1B1 = 'NC_000012.12:21178614:T>C';

describe('files that say where rs numbers lie', () => {
  it.each([
    ['by ##reference and the ID', ['##reference=GRCh38.p14'], record('12', '21178615', 'rs4149056', 'T', 'C')],
    ['by ##contig', ['##contig=<ID=chr12,assembly=GRCh38.p14>'], record('chr12', '21178615', 'rs4149056', 'T', 'C')],
    [
      'by the length of a chromosome, and INFO/RS as ClinVar has it',
      ['##contig=<ID=12,length=133275309>'],
      record('12', '21178615', '37346', 'T', 'C', 'ALLELEID=1;RS=4149056'),
    ],
    ['by the accession, as dbSNP has it', [], record('NC_000012.12', '21178615', 'rs4149056', 'T', 'C', 'RS=4149056')],
  ])('a VCF: %s', async (_what, header, line) => {
    const index = await read([vcf('a.vcf', header, line)], 'rs4149056');
    expect(told(index, 'rs4149056')).toEqual([SLCO1B1]);
    expect(told(index, 'rs1')).toBe('no place given for its rs number (--sites)');
  });

  it('complete each other, in both assemblies', async () => {
    const first = vcf('b.vcf', ['##reference=GRCh38'], record('12', '21178615', 'rs4149056', 'T', 'C'));
    const second = vcf(
      'c.vcf',
      ['##reference=GRCh37'],
      record('12', '21331549', 'rs4149056', 'T', 'G,C'),
      record('12', '21331549', 'rs2', 'TA', 'TG'),
      record('HSCHR12_1', '5', 'rs2', 'TA', 'TG'),
    );
    const index = await read([first, second], 'rs4149056', 'rs2');
    expect(told(index, 'rs4149056')).toEqual([SLCO1B1, 'NC_000012.11:21331548:T>C,G']);
    expect(told(index, 'rs2')).toEqual(['NC_000012.11:21331549:A>G']);
  });

  it('leave out what is no exchange of bases or lies in several places', async () => {
    const path = vcf(
      'd.vcf',
      ['##reference=GRCh38'],
      record('1', '10', 'rs1', 'T', 'TA'),
      record('1', '20', 'rs2', 'T', 'A'),
      record('2', '20', 'rs2', 'T', 'A'),
      record('1', '30', 'rs3', 'T', 'A'),
      record('1', '30', 'rs3', 'G', 'A'),
      record('1', '40', 'rs4', 'T', 'A,TA'),
    );
    const index = await read([path], 'rs1', 'rs2', 'rs3', 'rs4');
    expect(told(index, 'rs1')).toBe('an insertion, deletion or repeat');
    expect(told(index, 'rs2')).toBe('its rs number has several places');
    expect(told(index, 'rs3')).toBe('its rs number has several places');
    expect(told(index, 'rs4')).toBe('an insertion, deletion or repeat');
  });

  it("PharmGKB's names of variants", async () => {
    const synonyms = [
      'NC_000012.12:g.21178615T>C, NG_011745.1:g.52422T>C, NC_000012.11:g.21331549T>C, NC_000012.11:g.21331549=',
      'NC_000007.14:g.117559592_117559594delCTT, NC_000007.14:g.117559590A>G',
    ];
    const path = written(
      'variants.tsv.gz',
      `Variant ID\tVariant Name\tSynonyms\nPA1\trs4149056\t${synonyms[0]}\nPA2\trs113993960\t${synonyms[1]}\n`,
    );
    const index = await read([path], 'rs4149056', 'rs113993960');
    expect(told(index, 'rs4149056')).toEqual([SLCO1B1, 'NC_000012.11:21331548:T>C']);
    expect(told(index, 'rs113993960')).toBe('an insertion, deletion or repeat');
  });

  it.each([
    [
      'no assembly',
      () => vcf('e.vcf', [], record('12', '1', 'rs1', 'T', 'C')),
      /e.vcf, line 3: the header does not say/,
    ],
    [
      'no position',
      () => vcf('f.vcf', ['##reference=GRCh38'], record('12', 'x', 'rs1', 'T', 'C')),
      /f.vcf, line 4: not a VCF/,
    ],
    ['no such table', () => written('g.tsv', 'a\tb\n1\t2\n'), /g.tsv, line 1: column 'Variant Name' is missing/],
    ['no file', () => join(folder, 'none.vcf'), /none.vcf cannot be read/],
    ['an empty folder', () => mkdtempSync(join(folder, 'empty-')), /has no GENE_translation.json/],
  ])('are refused: %s', async (_what, path, words) => {
    await expect(read([path()], 'rs1')).rejects.toThrow(words);
  });

  it.skipIf(!hasRealData)("PharmCAT's definitions say the same as its VCF of positions", async () => {
    const rsids = ['rs4149056', 'rs9923231', 'rs12248560', 'rs1799853', 'rs116855232', 'rs67376798'];
    const definitions = await read([realFile('08_pgx/pharmcat')], ...rsids);
    const positions = await read([realFile('08_pgx/pharmcat/pharmcat_positions.vcf')], ...rsids);
    for (const rsid of rsids) expect(told(definitions, rsid), rsid).toEqual(told(positions, rsid));
    expect(told(definitions, 'rs4149056')).toEqual([SLCO1B1]);
    // The gene is on the minus strand: its -1639G>A is C>T of the plus strand.
    expect(told(definitions, 'rs9923231')).toEqual(['NC_000016.10:31096367:C>T']);
  });
});

describe('genotype texts', () => {
  const index = (...added: readonly Parameters<ReturnType<typeof collectSites>['add']>[]): SiteIndex => {
    const sites = collectSites(new Set());
    for (const one of added) sites.add(...one);
    return sites;
  };
  const T_TO_C = ['rs1', 'NC_000012.12', 99, 'T', ['C', 'G']] as const;
  const spdi = 'NC_000012.12:99:T';

  it.each([
    ['TT', []],
    ['CT', [{ variants: [`${spdi}:C`], copies: 'heterozygous' }]],
    ['T/C', [{ variants: [`${spdi}:C`], copies: 'heterozygous' }]],
    ['CC', [{ variants: [`${spdi}:C`], copies: 'homozygous' }]],
    ['GC', [{ variants: [`${spdi}:C`, `${spdi}:G`], copies: 'compound' }]],
    ['C', 'one letter where there are two copies, or two where there is one'],
    ['C/del', 'an insertion, deletion or repeat'],
    ['(CA)17', 'an insertion, deletion or repeat'],
  ])('%s', (text, asked) => {
    const genotypes = siteGenotypes('rs1', ['TT', 'CT', 'GC', text], index([...T_TO_C]));
    expect(genotypes.of(text)).toEqual(asked);
  });

  it('are of one copy on the mitochondrion and Y, and of one or two on X', () => {
    const at = (accession: string, text: string) =>
      siteGenotypes('rs1', ['T', 'C'], index(['rs1', accession, 99, 'T', ['C']])).of(text);
    expect(at('NC_012920.1', 'C')).toEqual([{ variants: ['NC_012920.1:99:T:C'], copies: 'hemizygous' }]);
    expect(at('NC_012920.1', 'CC')).toMatch(/^one letter/);
    expect(at('NC_000024.10', 'C')).toMatchObject([{ copies: 'hemizygous' }]);
    expect(at('NC_000023.11', 'C')).toMatchObject([{ copies: 'hemizygous' }]);
    expect(at('NC_000023.11', 'CT')).toMatchObject([{ copies: 'heterozygous' }]);
  });

  it.each([
    ['the other strand', ['AA', 'AG', 'GG']],
    ['an allele that is not known', ['TT', 'AT']],
    ['no allele of the assembly', ['CC', 'CG', 'GG']],
  ])('are none of the place: %s', (_what, texts) => {
    const genotypes = siteGenotypes('rs1', texts, index([...T_TO_C]));
    for (const text of texts) expect(genotypes.of(text)).toBe('letters other than the alleles at its place');
  });

  it('ask of each assembly what its own reference makes of them', () => {
    const both = index(['rs1', 'NC_000012.12', 99, 'T', ['C']], ['rs1', 'NC_000012.11', 88, 'C', ['T']]);
    const of = siteGenotypes('rs1', ['CC', 'CT', 'TT'], both).of;
    expect(of('CT')).toEqual([{ variants: ['NC_000012.12:99:T:C', 'NC_000012.11:88:C:T'], copies: 'heterozygous' }]);
    expect(of('CC')).toEqual([{ variants: ['NC_000012.12:99:T:C'], copies: 'homozygous', only: 'GRCh38' }]);
    expect(of('TT')).toEqual([{ variants: ['NC_000012.11:88:C:T'], copies: 'homozygous', only: 'GRCh37' }]);
  });
});
