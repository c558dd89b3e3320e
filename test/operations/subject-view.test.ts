import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeType } from '../../lib/genomics/allele.ts';
import { InvalidInputError, NotFoundError } from '../../lib/genomics/errors.ts';
import type { DatePrefix } from '../../lib/operations/row.ts';
import {
  type Filters,
  filterOf,
  looksFor,
  matchesToken,
  mayHold,
  satisfies,
  splitToken,
  subjectId,
  subjectView,
} from '../../lib/operations/subject-view.ts';
import { inputOf, testOf } from '../support/archive-builder.ts';
import { memoryPorts } from '../support/memory-ports.ts';

describe('satisfies', () => {
  // Each row: the test's day, the bound, and the prefixes that hold.
  it.each([
    ['2020-07-13', '2020-07-13', 'eq le ge'],
    ['2020-07-12', '2020-07-13', 'ne lt le eb'],
    ['2020-07-14', '2020-07-13', 'ne gt ge sa'],
    ['2020-07-01', '2020-07', 'eq le ge'],
    ['2020-07-31', '2020-07', 'eq le ge'],
    ['2020-06-30', '2020-07', 'ne lt le eb'],
    ['2020-08-01', '2020-07', 'ne gt ge sa'],
    ['2020-01-01', '2020', 'eq le ge'],
    ['2020-12-31', '2020', 'eq le ge'],
    ['2019-12-31', '2020', 'ne lt le eb'],
    ['2021-01-01', '2020', 'ne gt ge sa'],
  ])('%s against %s holds for %s', (day, date, expected) => {
    const prefixes: readonly DatePrefix[] = ['eq', 'ne', 'lt', 'gt', 'ge', 'le', 'sa', 'eb'];
    const holding = prefixes.filter((prefix) => satisfies(day, { prefix, date }));
    expect(holding).toEqual(prefixes.filter((prefix) => expected.split(' ').includes(prefix)));
  });

  const day = fc.date({ min: new Date('1990-01-01'), max: new Date('2030-12-31'), noInvalidDate: true });
  const iso = (date: Date) => date.toISOString().slice(0, 10);

  test.prop([day, day, fc.constantFrom(4, 7, 10)])(
    'agrees with comparing instants of the interval',
    (a, b, precision) => {
      const target = iso(a);
      const date = iso(b).slice(0, precision);
      const days = Array.from({ length: 366 }, (_, by) =>
        iso(
          new Date(
            Date.parse(`${date}${'-01-01'.slice(precision === 7 ? 3 : precision === 10 ? 6 : 0)}`) + by * 86_400_000,
          ),
        ),
      );
      const inside = days.filter((one) => one.startsWith(date));
      const [first, last] = [inside[0]!, inside.at(-1)!];
      expect(satisfies(target, { prefix: 'eq', date })).toBe(first <= target && target <= last);
      expect(satisfies(target, { prefix: 'ne', date })).toBe(target < first || target > last);
      expect(satisfies(target, { prefix: 'lt', date })).toBe(target < first);
      expect(satisfies(target, { prefix: 'eb', date })).toBe(target < first);
      expect(satisfies(target, { prefix: 'gt', date })).toBe(target > last);
      expect(satisfies(target, { prefix: 'sa', date })).toBe(target > last);
      expect(satisfies(target, { prefix: 'le', date })).toBe(target <= last);
      expect(satisfies(target, { prefix: 'ge', date })).toBe(target >= first);
    },
  );
});

describe('tokens', () => {
  it.each([
    ['http://lab.example|T1', { system: 'http://lab.example', code: 'T1' }],
    ['urn:oid:1.2.3|T1|2', { system: 'urn:oid:1.2.3', code: 'T1|2' }],
    ['hla#3.23#HLA-A*01:01|HLA-A*02:01', { code: 'hla#3.23#HLA-A*01:01|HLA-A*02:01' }],
    ['T1', { code: 'T1' }],
    ['|T1', { code: '|T1' }],
    ['a b:c|T1', { code: 'a b:c|T1' }],
  ])('%s', (token, expected) => expect(splitToken(token)).toEqual(expected));

  it.each([
    ['T1', 'T1', true],
    ['t1', 'T1', true],
    ['T', 'T1', false],
    ['http://lab.example|T1', 'T1', true],
    ['http://lab.example|t1', 'T1', false],
    [' T1 ', 'T1', true],
  ])('%j names %j: %s', (token, identifier, expected) => expect(matchesToken(token, identifier)).toBe(expected));
});

describe('subjectId', () => {
  it.each(['HG00403', 'Patient/HG00403', ' HG00403 '])('reads %j', (text) => expect(subjectId(text)).toBe('HG00403'));

  it.each(['', 'Observation/1', 'Patient/', 'http://other.example/Patient/1', 'a b', 'x'.repeat(65), 'HG_1'])(
    'refuses %j',
    (text) => expect(() => subjectId(text)).toThrow(InvalidInputError),
  );
});

describe('filters', () => {
  const inputs = [inputOf({ sourceClass: 'germline' }), inputOf({ sourceClass: 'somatic' }), inputOf({})];
  const samples = [
    { input: 0, sample: 'N', specimen: 'blood' },
    { input: 1, sample: 'T', specimen: 'tumor' },
    { input: 2, sample: 'U' },
  ];
  const study = testOf('T1', 'GRCh38', { inputs, samples, testDate: '2020-07-13' });
  const kept = (filters: Filters) => filterOf(filters)(study).flatMap((one) => one.samples.map(({ sample }) => sample));

  it.each<readonly [Filters, string]>([
    [{}, 'NTU'],
    [{ testIdentifiers: [] }, 'NTU'],
    [{ testIdentifiers: ['T0', 't1'] }, 'NTU'],
    [{ testIdentifiers: ['T0'] }, ''],
    [
      {
        testDateRange: {
          bounds: [
            { prefix: 'ge', date: '2020' },
            { prefix: 'lt', date: '2020-08' },
          ],
        },
      },
      'NTU',
    ],
    [
      {
        testDateRange: {
          bounds: [
            { prefix: 'ge', date: '2020' },
            { prefix: 'lt', date: '2020-07' },
          ],
        },
      },
      '',
    ],
    [{ genomicSourceClass: 'germline' }, 'N'],
    [{ genomicSourceClass: 'Somatic' }, 'T'],
    [{ genomicSourceClass: 'http://loinc.org|LA6684-0' }, 'T'],
    [{ specimenIdentifiers: ['blood', 'tumor'] }, 'NT'],
    [{ specimenIdentifiers: ['urine'] }, ''],
    [{ specimenIdentifiers: ['blood'], genomicSourceClass: 'somatic' }, ''],
    [{ specimenIdentifiers: ['tumor'], genomicSourceClass: 'somatic', testIdentifiers: ['T1'] }, 'T'],
  ])('%j keeps the samples %j', (filters, expected) => expect(kept(filters).join('')).toBe(expected));

  it.each(['mixed', '', 'LA18197-6'])('refuses the source class %j', (genomicSourceClass) => {
    expect(() => filterOf({ genomicSourceClass })).toThrow(
      expect.objectContaining({ issue: 'invalid', expression: 'genomicSourceClass' }),
    );
  });

  it('keep a study without samples only when they ask for nothing of samples', () => {
    const empty = testOf('T2', 'GRCh38', { samples: [] });
    expect(filterOf({})(empty)).toHaveLength(1);
    expect(filterOf({ specimenIdentifiers: ['blood'] })(empty)).toHaveLength(0);
  });
});

describe('subjectView', () => {
  const ports = memoryPorts({ subjects: [{ subject: 'HG00403', studies: [testOf('T1', 'GRCh38')] }] });

  it('finds a subject by reference', async () => {
    const view = await subjectView('Patient/HG00403', {}, ports);
    expect([view.subject, view.studies.length]).toEqual(['HG00403', 1]);
  });

  it('does not know others', async () => {
    await expect(subjectView('HG00404', {}, ports)).rejects.toThrow(NotFoundError);
  });
});

describe('what an input looks for and may hold', () => {
  it.each<readonly [readonly ChangeType[] | undefined, string, string]>([
    [['SNV', 'INS', 'DEL'], 'simple', 'simple structural'],
    [['SNV'], 'simple', 'simple'],
    [['DEL', 'DUP', 'INV'], 'structural', 'simple structural'],
    [['DEL'], 'simple structural', 'simple structural'],
    [['SNV', 'CNV'], 'simple structural', 'simple structural'],
    [['CNV'], 'structural', 'structural'],
    [['DELINS'], 'simple', 'simple structural'],
    [[], '', ''],
    [undefined, '', ''],
  ])('%j looks for %j and may hold %j', (changeTypes, looks, holds) => {
    const input = inputOf(changeTypes === undefined ? {} : { changeTypes });
    const kinds = ['simple', 'structural'] as const;
    expect(kinds.filter((kind) => looksFor(input, kind)).join(' ')).toBe(looks);
    expect(kinds.filter((kind) => mayHold(input, kind)).join(' ')).toBe(holds);
  });
});
