import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatHlaName, type HlaName, isMeantBy, readHlaName } from '../../lib/genomics/hla/name.ts';
import { type HlaNomenclature, hlaNomenclature, mayBeSame } from '../../lib/genomics/hla/nomenclature.ts';
import { reduceHla } from '../../lib/genomics/hla/reduce.ts';
import { nomenclatureOf, readHlaRelease } from '../../lib/knowledge/hla/release.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

const nameOf = (text: string): HlaName => {
  const name = readHlaName(text);
  if (name === undefined) throw new Error(`${text} is no name`);
  return name;
};

describe('an HLA name', () => {
  it.each(['HLA-A*01:01:01:02N', 'HLA-DRB1*15:01', 'HLA-B*57', 'HLA-A*01:01:01G', 'HLA-DPB1*04:01P'])(
    '%s is read and written',
    (text) => {
      expect(formatHlaName(nameOf(text))).toBe(text);
      expect(nameOf(text.slice('HLA-'.length).toLowerCase())).toEqual(nameOf(text));
    },
  );

  it.each(['A', 'A*', 'A*02:AB', 'A*02:XX', 'A*01:01:01:01:01', 'A*01:01NG', 'CYP2C19*1', 'A2'])(
    'is not %s',
    (text) => {
      expect(readHlaName(text)).toBeUndefined();
    },
  );

  const field = fc.integer({ min: 1, max: 240 }).map((number) => String(number).padStart(2, '0'));
  const name = fc.record({
    gene: fc.constantFrom('HLA-A', 'HLA-B'),
    fields: fc.array(field, { minLength: 1, maxLength: 4 }),
    expression: fc.constantFrom('', '', 'N', 'L'),
    group: fc.constant<HlaName['group']>(''),
  });

  test.prop([name, fc.nat({ max: 3 })])('means every allele it is the beginning of', (allele, count) => {
    const beginning = { ...allele, fields: allele.fields.slice(0, count + 1), expression: '' };
    expect(isMeantBy(beginning, allele)).toBe(true);
  });

  test.prop([name, name, name])('means what the names it means mean', (one, other, third) => {
    if (isMeantBy(one, other) && isMeantBy(other, third)) expect(isMeantBy(one, third)).toBe(true);
  });

  test.prop([name, name])('means nothing whose text begins otherwise, field by field', (one, other) => {
    const begins = `${other.gene}*${other.fields.join(':')}:`.startsWith(`${one.gene}*${one.fields.join(':')}:`);
    const expression = one.expression === '' || one.expression === other.expression;
    expect(isMeantBy(one, other)).toBe(begins && expression);
    expect(mayBeSame(one, other, undefined)).toBe(begins && expression);
  });

  it('is compared by fields, not by letters', () => {
    expect(isMeantBy(nameOf('A*23'), nameOf('A*230:01'))).toBe(false);
    expect(isMeantBy(nameOf('A*23'), nameOf('A*23:01:01'))).toBe(true);
  });

  test.prop([name, name])('with a nomenclature means no less', (one, other) => {
    const known = hlaNomenclature('made up', [formatHlaName(other)], { G: [], P: [] });
    if (isMeantBy(one, other)) expect(mayBeSame(one, other, known)).toBe(true);
  });
});

describe.runIf(hasRealData)('IPD-IMGT/HLA as published', () => {
  const files = ['Allelelist', 'hla_nom_p', 'hla_nom_g'].map((name) => realFile(`09_hla/IMGTHLA_${name}.txt`));
  let nomenclature: HlaNomenclature;
  beforeAll(async () => {
    nomenclature = nomenclatureOf(await readHlaRelease(files));
  });
  const reduce = (text: string, to: Parameters<typeof reduceHla>[1]) =>
    reduceHla(nameOf(text), to, nomenclature)
      .map((one) => one.replace('HLA-', ''))
      .join('/');

  it.each<readonly [string, Parameters<typeof reduceHla>[1], string]>([
    // The examples of py-ard's documentation.
    ['A*01:01:01:01', 'G', 'A*01:01:01G'],
    ['A*01:01:01:01', 'P', 'A*01:01P'],
    ['A*01:01:01:01', 'lg', 'A*01:01g'],
    ['A*01:01:01:01', 'lgx', 'A*01:01'],
    ['A*01:01:01:01', 'W', 'A*01:01:01:01'],
    ['A*01:01:01:01', 'exon', 'A*01:01:01'],
    // nmdp-bioinformatics/py-ard issue 171, of the allele that is common: 02:02:01 is in the group of 02:01:01.
    ['DQB1*02:02:01:01', 'lgx', 'DQB1*02:01'],
    ['A*24:09N', 'G', 'A*24:02:01G'],
    ['A*24:09N', 'P', ''],
    ['A*01:01:01G', 'lgx', 'A*01:01'],
  ])('%s is %s %s', (text, to, expected) => {
    expect(reduce(text, to)).toBe(expected);
  });

  it('knows alleles that bind antigens alike, and none that are not expressed', () => {
    const same = (asked: string, found: string) => mayBeSame(nameOf(asked), nameOf(found), nomenclature);
    expect(same('B*57:01', 'B*57:01:01G')).toBe(true);
    expect(same('B*57:01:01:01', 'B*57:01')).toBe(true);
    expect(same('B*57:01:01G', 'B*57:01:01:02')).toBe(true);
    expect(same('B*57:01', 'B*57:03')).toBe(false);
    expect(same('B*57:01', 'B*58:01')).toBe(false);
    expect(same('A*24:02', 'A*24:09N')).toBe(false);
    expect(same('A*24:09', 'A*24:09N')).toBe(true);
  });

  it('is refused when a file is missing, of another release or none of them', async () => {
    await expect(readHlaRelease(files.slice(0, 2))).rejects.toThrow(/needs hla_nom_g.txt too/);
    await expect(readHlaRelease([realFile('09_hla/IMGTHLA_hla_nom.txt')])).rejects.toThrow(/hla_nom.txt, line 1/);
  });
});
