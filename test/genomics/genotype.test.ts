import { describe, expect, it } from 'vitest';
import type { AllelicState } from '../../lib/genomics/allele.ts';
import {
  allelicStateOf,
  type CopyContext,
  carriedAlleles,
  type Genotype,
  haplotypesOf,
  isComplete,
  parseGenotype,
} from '../../lib/genomics/genotype.ts';

const genotype = (text: string): Genotype => {
  const parsed = parseGenotype(text);
  if (parsed === undefined) throw new Error(`${text} is no genotype`);
  return parsed;
};

const AUTOSOMAL: CopyContext = { site: 'autosomal' };
const X: CopyContext = { site: 'X' };
const Y: CopyContext = { site: 'Y' };
const MT: CopyContext = { site: 'mitochondrial' };

describe('parseGenotype', () => {
  it.each([
    ['0/1', [0, 1], false],
    ['1|0', [1, 0], true],
    ['1', [1], false],
    ['.', [undefined], false],
    ['./.', [undefined, undefined], false],
    ['.|1', [undefined, 1], true],
    ['0/1|2', [0, 1, 2], false],
    ['10|11', [10, 11], true],
    ['|0/1', [0, 1], false],
    ['|1', [1], false],
    ['/0|1', [0, 1], true],
  ])('%s', (text, alleles, phased) => {
    expect(parseGenotype(text)).toEqual({ text, alleles, phased });
  });

  it.each(['', '/', '0/', '0//1', '0/|1', 'A/B', '1/C', '0.5', '-1/0', '0 /1', '0/1/'])('refuses %j', (text) => {
    expect(parseGenotype(text)).toBeUndefined();
  });
});

describe('what a genotype carries', () => {
  it.each([
    ['0/0', [], true],
    ['0/1', [1], true],
    ['2|1', [1, 2], true],
    ['1/1', [1], true],
    ['./1', [1], false],
    ['.', [], false],
  ])('%s', (text, carried, complete) => {
    expect(carriedAlleles(genotype(text))).toEqual(carried);
    expect(isComplete(genotype(text))).toBe(complete);
  });

  it.each([
    ['0|1', 1, 0b10],
    ['1|0', 1, 0b01],
    ['1|1', 1, 0b11],
    ['1|2', 2, 0b10],
    ['.|1', 1, 0b10],
    ['0|1|1', 1, 0b110],
    ['0/1', 1, undefined],
    ['1', 1, undefined],
  ])('%s carries allele %i on haplotypes %s', (text, allele, haplotypes) => {
    expect(haplotypesOf(genotype(text), allele)).toBe(haplotypes);
  });
});

describe('allelicStateOf', () => {
  it.each<[string, number, CopyContext, AllelicState | undefined]>([
    ['0/1', 1, AUTOSOMAL, 'heterozygous'],
    ['1/1', 1, AUTOSOMAL, 'homozygous'],
    ['1|1', 1, AUTOSOMAL, 'homozygous'],
    ['1/2', 1, AUTOSOMAL, 'heterozygous'],
    ['1/2', 2, AUTOSOMAL, 'heterozygous'],
    ['0/2', 2, AUTOSOMAL, 'heterozygous'],
    // One copy of an autosome is not defined by a haploid call.
    ['1', 1, AUTOSOMAL, undefined],
    // A missing copy may be either.
    ['./1', 1, AUTOSOMAL, undefined],
    ['1|.', 1, X, undefined],
    // Polyploid.
    ['0/1/1', 1, AUTOSOMAL, 'heterozygous'],
    ['1/1/1', 1, AUTOSOMAL, 'homozygous'],
    // X outside the pseudoautosomal regions.
    ['1', 1, X, 'hemizygous'],
    ['1', 1, { ...X, sex: 'female' }, 'hemizygous'],
    ['1/1', 1, X, undefined],
    ['1/1', 1, { ...X, sex: 'male' }, 'hemizygous'],
    ['1/1', 1, { ...X, sex: 'female' }, 'homozygous'],
    ['0/1', 1, X, 'heterozygous'],
    ['0/1', 1, { ...X, sex: 'male' }, 'heterozygous'],
    // Y outside them.
    ['1', 1, Y, 'hemizygous'],
    ['1/1', 1, Y, 'hemizygous'],
    ['1/1', 1, { ...Y, sex: 'male' }, 'hemizygous'],
    ['1/1', 1, { ...Y, sex: 'female' }, undefined],
    // Mitochondrial: the fraction decides, else the genotype.
    ['0/1', 1, { ...MT, alleleFraction: 0.95 }, 'homoplasmic'],
    ['0/1', 1, { ...MT, alleleFraction: 0.9499 }, 'heteroplasmic'],
    ['1/1', 1, { ...MT, alleleFraction: 0.2 }, 'heteroplasmic'],
    ['1', 1, MT, 'homoplasmic'],
    ['1/1', 1, MT, 'homoplasmic'],
    ['0/1', 1, MT, 'heteroplasmic'],
    ['./1', 1, MT, undefined],
  ])('%s, allele %i, %o: %s', (text, allele, context, state) => {
    expect(allelicStateOf(genotype(text), allele, context)).toBe(state);
  });
});
