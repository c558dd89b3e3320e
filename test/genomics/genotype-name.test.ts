import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { readGenotypeName } from '../../lib/genomics/genotype-name.ts';

describe('readGenotypeName', () => {
  it.each([
    ['CYP2C19 *2/*17', undefined, 'CYP2C19', ['*2', '*17']],
    // The form of the Implementation Guide's examples.
    ['CYP2D6_*1/*41', undefined, 'CYP2D6', ['*1', '*41']],
    ['CYP2C19*2/CYP2C19*17', undefined, 'CYP2C19', ['*2', '*17']],
    ['CYP2C19 *17', undefined, 'CYP2C19', ['*17']],
    ['CYP2C19', undefined, 'CYP2C19', []],
    ['*1/*4', 'CYP2D6', 'CYP2D6', ['*1', '*4']],
    ['CYP2D6 *1/*36x2+*10', undefined, 'CYP2D6', ['*1', '*36x2+*10']],
    [
      'rs9923231 reference (C)/rs9923231 variant (T)',
      'VKORC1',
      'VKORC1',
      ['rs9923231 reference (C)', 'rs9923231 variant (T)'],
    ],
    ['DPYD Reference/c.1905+1G>A (*2A)', undefined, 'DPYD', ['Reference', 'c.1905+1G>A (*2A)']],
    ['A- 202A_376G/B (reference)', 'G6PD', 'G6PD', ['A- 202A_376G', 'B (reference)']],
    ['MT-RNR1 1555A>G', undefined, 'MT-RNR1', ['1555A>G']],
    ['HLA-B *15:02/*57:01', undefined, 'HLA-B', ['HLA-B*15:02', 'HLA-B*57:01']],
    ['HLA-A*01:01+HLA-A*23:01:01', undefined, 'HLA-A', ['HLA-A*01:01', 'HLA-A*23:01:01']],
    ['HLA-A*01:01/HLA-A*01:02+A*23:01', undefined, 'HLA-A', ['HLA-A*01:01/HLA-A*01:02', 'HLA-A*23:01']],
    // The guide's example: two genotypes, the second with two alleles on one copy.
    [
      'hla#3.33.0#HLA-A*02:69+HLA-A*23:30|HLA-A*02:302+HLA-A*23:26/HLA-A*23:39',
      undefined,
      'HLA-A',
      ['HLA-A*02:69/HLA-A*02:302', 'HLA-A*23:30/HLA-A*23:26/HLA-A*23:39'],
    ],
    ['#hla#3.23.0#HLA-A*23', undefined, 'HLA-A', ['HLA-A*23']],
    ['hla#3.33.0#HLA-DRB1*15:01', undefined, 'HLA-DRB1', ['HLA-DRB1*15:01']],
    ['DRB1*15:01', undefined, 'HLA-DRB1', ['HLA-DRB1*15:01']],
    ['HLA-A', undefined, 'HLA-A', []],
  ] as const)('reads %s', (text, gene, symbol, alleles) => {
    expect(readGenotypeName(text, gene)).toEqual({ gene: symbol, alleles });
  });

  it.each([
    '*1/*17',
    '*17',
    '',
    'CYP2C19 *1/',
    'CYP2C19 /*1',
    'HLA-A*01:01+HLA-A*02:01^HLA-B*07:02+HLA-B*08:01',
    'HLA-A*01:01~HLA-B*08:01',
  ])('reads no gene, or an empty allele, in %j', (text) => {
    expect(readGenotypeName(text)).toBeUndefined();
  });

  const star = fc.integer({ min: 1, max: 200 }).map((number) => `*${number}`);
  test.prop([
    fc.constantFrom('CYP2C19', 'CYP2D6', 'HLA-B', 'UGT1A1'),
    fc.constantFrom(' ', '_', ''),
    fc.tuple(star, star),
  ])('is the same with any separator, and whether or not the gene stands in the name', (gene, separator, alleles) => {
    const named = readGenotypeName(`${gene}${separator}${alleles.join('/')}`);
    expect(named).toEqual(readGenotypeName(alleles.join('/'), gene));
    expect(named?.alleles).toHaveLength(2);
  });
});
