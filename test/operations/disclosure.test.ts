import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { listsAllowed, told } from '../../lib/operations/disclosure.ts';
import { findPopulationSpecificVariants } from '../../lib/operations/find-population-specific-variants.ts';
import { EXAMPLE_ARCHIVES } from '../support/example-archives.ts';
import { ask } from '../support/response.ts';

const count = fc.nat(100_000);
const disclosure = fc.record({
  minimumCell: fc.integer({ min: 1, max: 20 }),
  roundTo: fc.integer({ min: 1, max: 50 }),
});

describe('a told count', () => {
  test.prop([count])('is the count where nothing is blurred', (value) => {
    expect(told(value, { minimumCell: 1, roundTo: 1 })).toEqual({ value });
  });

  test.prop([count, disclosure])('never tells a small cell, and is off by at most half a step', (value, how) => {
    const { value: said, comparator } = told(value, how);
    if (0 < value && value < how.minimumCell) {
      expect([said, comparator]).toEqual([how.minimumCell, '<']);
      return;
    }
    if (comparator !== undefined) expect(value).toBeLessThan(said);
    else expect(said > 0).toBe(value > 0);
    expect(said % how.roundTo).toBe(0);
    if (comparator === undefined) expect(Math.abs(said - value)).toBeLessThanOrEqual(how.roundTo / 2);
  });

  test.prop([disclosure])('comes with a list of subjects only where it is exact', (how) => {
    expect(listsAllowed(how)).toBe(how.minimumCell === 1 && how.roundTo === 1);
  });
});

describe('an answer that is blurred', () => {
  const ports = { ...EXAMPLE_ARCHIVES.cohort(), disclosure: { minimumCell: 3, roundTo: 2 } };
  const variants = [['NC_000007.14:140753335:A:T', 'NC_000007.14:g.55191822T>G', 'NC_000019.10:38499669:C:T']];

  it('says less than a small number, rounds others, and says none of none', async () => {
    const body = await ask(findPopulationSpecificVariants, { variants }, ports);
    const counts = (body.parameter ?? []).map(({ part, extension }) => [
      part?.[1]?.valueQuantity,
      part?.[2]?.valueQuantity,
      extension?.[0]?.valueQuantity,
    ]);
    const small = { value: 3, comparator: '<' };
    expect(counts).toEqual([
      [{ value: 4 }, { value: 4 }, { value: 4 }],
      [small, { value: 4 }, small],
      [{ value: 0 }, { value: 4 }, { value: 0 }],
    ]);
  });

  it('names nobody: a list is refused', async () => {
    await expect(ask(findPopulationSpecificVariants, { variants, includePatientList: true }, ports)).rejects.toThrow(
      'Lists of subjects are switched off',
    );
  });
});
