import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { genomics } from '../support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'knowledge-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const data = join(folder, 'data');
const knowledge = (...args: string[]) => genomics('knowledge', ...args, '--data', data);

const table = (name: string, ...variants: readonly string[]): string => {
  const path = join(folder, name);
  const lines = variants.map((variant) =>
    JSON.stringify({ variants: [variant], significance: { text: name }, source: 'lab' }),
  );
  writeFileSync(path, lines.join('\n'));
  return path;
};

describe('genomics knowledge', () => {
  it('imports, lists what can not be used, chooses and removes releases', async () => {
    expect((await knowledge('list')).stderr).toContain('no knowledge yet');
    const list = join(folder, 'unusable.tsv');
    const first = table('one.jsonl', 'NC_000001.11:100:A:C', 'NC_000001.99:100:A:C');
    const imported = await knowledge('import', 'table', first, '--kind', 'dx', '--release', '1', '--list', list);
    expect(imported).toMatchObject({ status: 0, stdout: '' });
    expect(imported.stderr).toMatch(/table-dx 1: added, 1 dx of 2 rows, [\d.]+ s\n {2}1 not used: sequence outside/);
    expect(imported.stderr).toContain('have no place in GRCh37');
    expect(readFileSync(list, 'utf8')).toContain('NC_000001.99:100:A:C');
    const second = table('two.jsonl', 'NC_000001.11:100:A:C');
    await knowledge('import', 'table', second, '--kind', 'dx', '--release', '2');
    const states = async () =>
      (await knowledge('list')).stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t').slice(0, 4).join(' '));
    expect(await states()).toEqual(['table-dx 2 answers 1 dx', 'table-dx 1 kept 1 dx']);
    expect((await knowledge('activate', 'table-dx', '1')).status).toBe(0);
    expect(await states()).toEqual(['table-dx 2 kept 1 dx', 'table-dx 1 answers 1 dx']);
    expect((await knowledge('delete', 'table-dx', '1')).stderr).toContain('answers at the moment');
    expect((await knowledge('delete', 'table-dx', '2')).status).toBe(0);
    expect(await states()).toEqual(['table-dx 1 answers 1 dx']);
  }, 120_000);

  it('joins genotypes of rs numbers by site files, and lists how many are not', async () => {
    const file = (name: string, ...lines: readonly string[]): string => {
      writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
      return join(folder, name);
    };
    const annotations = file(
      'annotations.tsv',
      'Clinical Annotation ID\tVariant/Haplotypes\tGene\tLevel of Evidence\tDrug(s)\tPhenotype(s)',
      '1\trs4149056\tSLCO1B1\t1A\tsimvastatin\t',
      '2\trs2\tSLCO1B1\t3\tsimvastatin\t',
    );
    const alleles = file(
      'alleles.tsv',
      'Clinical Annotation ID\tGenotype/Allele\tAnnotation Text',
      ...['1', '2'].flatMap((id) => ['TT', 'CT', 'CC'].map((genotype) => `${id}\t${genotype}\tmade up`)),
    );
    const sites = file(
      'sites.vcf',
      '##fileformat=VCFv4.2',
      '##reference=GRCh38',
      '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO',
      '12\t21178615\trs4149056\tT\tC\t.\t.\t.',
    );
    const imported = await knowledge('import', 'pharmgkb', annotations, alleles, '--release', '3', '--sites', sites);
    expect(imported.stderr).toMatch(/pharmgkb 3: added, 6 tx of 2 rows/);
    expect(imported.stderr).toContain(
      '1 not used: level 3, genotypes of an rs number: no place given for its rs number (--sites)',
    );
    const [listed] = (await knowledge('list')).stdout.split('\n').filter((one) => one.startsWith('pharmgkb'));
    expect(listed?.split('\t').at(-1)).toBe('1 not joined');
    // Without the file it would be another release.
    const without = await knowledge('import', 'pharmgkb', annotations, alleles, '--release', '3');
    expect([without.status, without.stderr]).toEqual([1, expect.stringContaining('with other options')]);
  }, 60_000);

  it.each([
    ['a source that is none', ['import', 'nothing', 'x', '--release', '1'], /Allowed choices are clinvar, civic/],
    ['a table without its kind', ['import', 'table', 'x', '--release', '1'], /there is no file 'x'|--kind/],
    ['site files of another source', ['import', 'civic', 'x', '--release', '1', '--sites', 'y'], /goes with pharmgkb/],
    ['an option of another source', ['import', 'civic', 'x', '--release', '1', '--kind', 'dx'], /go with table/],
    ['a release that is not there', ['activate', 'clinvar', '9'], /there is no release clinvar 9/],
  ])(
    'refuses %s',
    async (_what, args, words) => {
      const { status, stderr } = await knowledge(...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(words);
    },
    60_000,
  );
});
