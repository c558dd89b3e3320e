import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../lib/genomics/errors.ts';
import { basesOf } from '../../../lib/genomics/star-allele/definition.ts';
import { CALLABLE_GENES } from '../../../lib/genomics/star-allele/genes.ts';
import { phenotypeOf } from '../../../lib/genomics/star-allele/phenotype.ts';
import { readDefinition } from '../../../lib/knowledge/pharmcat/definition.ts';
import { readPhenotypes } from '../../../lib/knowledge/pharmcat/phenotype.ts';
import { hasRealData, realFile } from '../../support/real-data.ts';

function published(path: string): string {
  const file = realFile(`08_pgx/pharmcat/${path}`);
  return existsSync(file) ? readFileSync(file, 'utf8') : gunzipSync(readFileSync(`${file}.gz`)).toString();
}

describe.runIf(hasRealData)('the published files', () => {
  it.each([...CALLABLE_GENES.keys()])('state bases of %s that are known at their positions', (gene) => {
    const definition = readDefinition(published(`definition/alleles/${gene}_translation.json`), gene);
    expect(definition).toMatchObject({ gene, assembly: 'GRCh38', version: '2025-11-05-00-25' });
    expect(definition.accession).toMatch(/^NC_0000\d\d\.\d+$/);
    for (const { stated } of definition.alleles) {
      for (const [index, base] of stated.entries()) {
        const position = definition.positions[index];
        const known = [position?.reference, ...(position?.alternatives ?? [])];
        if (base !== undefined) expect(known).toEqual(expect.arrayContaining([...basesOf(base)]));
      }
    }
  });

  it('place a deletion by the base before it, counted from 0', () => {
    const definition = readDefinition(published('definition/alleles/DPYD_translation.json'), 'DPYD');
    expect(definition.positions).toContainEqual({
      start0: 97740409,
      reference: 'GATGA',
      alternatives: ['G'],
      rsid: 'rs72549309',
      hgvs: expect.any(String),
    });
  });

  it.each([
    ['CYP2C19', '*2', '*1', 'Intermediate Metabolizer', undefined],
    ['CYP2C19', '*2', '*2', 'Poor Metabolizer', undefined],
    ['CYP2C19', '*17', '*1', 'Rapid Metabolizer', undefined],
    ['CYP2C9', '*1', '*3', 'Intermediate Metabolizer', 1],
    ['DPYD', 'c.557A>G', 'c.703C>T (*8)', 'Poor Metabolizer', 0.5],
    ['NUDT15', '*3', '*3', 'Poor Metabolizer', undefined],
    ['SLCO1B1', '*5', '*5', 'Poor Function', undefined],
    ['UGT1A1', '*28', '*28', 'Poor Metabolizer', undefined],
  ])('%s %s/%s is a %s', (gene, first, second, phenotype, activityScore) => {
    const table = readPhenotypes(published(`phenotype/${gene}.json`), gene);
    expect(phenotypeOf(table, [first, second])).toEqual({ phenotype, activityScore });
    expect(phenotypeOf(table, [second, first])).toEqual({ phenotype, activityScore });
  });

  it('say nothing of an allele they do not rate', () => {
    const table = readPhenotypes(published('phenotype/CYP2C19.json'), 'CYP2C19');
    expect(table.functions.get('*2')).toBe('No function');
    expect(table.functions.get('*40')).toBeUndefined();
    expect(phenotypeOf(table, ['*1', '*40'])).toBeUndefined();
  });
});

const definition = {
  gene: 'G',
  version: '1',
  genomeBuild: 'GRCh38.p14',
  refSeqChromosomeId: 'NC_000001.11',
  variants: [{ position: 11, rsid: null, chromosomeHgvsName: 'g.11A>G', ref: 'A', alts: ['G'] }],
  namedAlleles: [
    { name: '*1', alleles: ['A'] },
    { name: '*2.001', alleles: ['G'] },
  ],
  suballelesMap: { '*2.001': '*2' },
};

describe('readDefinition', () => {
  it('reads positions from 0 and the name to report', () => {
    expect(readDefinition(JSON.stringify(definition), 'G.json')).toEqual({
      gene: 'G',
      version: '1',
      assembly: 'GRCh38',
      accession: 'NC_000001.11',
      positions: [{ start0: 10, reference: 'A', alternatives: ['G'], rsid: undefined, hgvs: 'g.11A>G' }],
      alleles: [
        { name: '*1', reportedAs: '*1', stated: ['A'] },
        { name: '*2.001', reportedAs: '*2', stated: ['G'] },
      ],
    });
  });

  it.each([
    ['not JSON', '{'],
    ['a list', '[]'],
    ['of another assembly', JSON.stringify({ ...definition, genomeBuild: 'GRCh37.p13' })],
    ['without alleles', JSON.stringify({ ...definition, namedAlleles: [] })],
    [
      'with a reference that states nothing',
      JSON.stringify({ ...definition, namedAlleles: [{ name: '*1', alleles: [null] }] }),
    ],
    ['with too many bases', JSON.stringify({ ...definition, namedAlleles: [{ name: '*1', alleles: ['A', 'C'] }] })],
    [
      'with a position twice',
      JSON.stringify({ ...definition, variants: [...definition.variants, ...definition.variants] }),
    ],
    [
      'with a position of text',
      JSON.stringify({ ...definition, variants: [{ ...definition.variants[0], position: '11' }] }),
    ],
  ])('refuses a file that is %s', (_, text) => {
    expect(() => readDefinition(text, 'G.json')).toThrow(InvalidInputError);
  });
});

const phenotype = {
  gene: 'G',
  version: '1',
  namedAlleles: [{ name: '*1', activityValue: '1.0', functionValue: 'Normal function' }],
  diplotypes: [{ diplotypekey: { '*1': 2 }, phenotype: 'Normal Metabolizer', activityScore: 'n/a' }],
};

describe('readPhenotypes', () => {
  it('reads a diplotype that has no score', () => {
    const table = readPhenotypes(JSON.stringify(phenotype), 'G.json');
    expect(phenotypeOf(table, ['*1', '*1'])).toEqual({ phenotype: 'Normal Metabolizer', activityScore: undefined });
    expect(table.activity).toEqual(new Map([['*1', 1]]));
  });

  it.each([
    ['three alleles', { ...phenotype, diplotypes: [{ ...phenotype.diplotypes[0], diplotypekey: { '*1': 3 } }] }],
    ['a score of words', { ...phenotype, diplotypes: [{ ...phenotype.diplotypes[0], activityScore: 'high' }] }],
    ['no diplotypes', { ...phenotype, diplotypes: undefined }],
  ])('refuses a file with %s', (_, file) => {
    expect(() => readPhenotypes(JSON.stringify(file), 'G.json')).toThrow(InvalidInputError);
  });
});
