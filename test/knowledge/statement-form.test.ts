import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { DxRow } from '../../lib/knowledge/rows.ts';
import { bodyOf, filled, formOf, numberForms, type StatementForm } from '../../lib/knowledge/statement-form.ts';

const word = fc.constantFrom('', 'a', 'b', 'with "quotes"', 'ü\t\n');
const said = fc.record({ text: word, code: word }, { requiredKeys: ['text'] });
const identifiers = fc.array(fc.record({ system: word, value: fc.string() }), { maxLength: 3 });
const statement: fc.Arbitrary<DxRow> = fc.record(
  {
    kind: fc.constant('dx' as const),
    variants: fc.constant(['NC_000001.11:1:A:T']),
    significance: said,
    reviewStatus: word,
    evidence: said,
    conditions: fc.constant([{ display: 'one' }]),
    identifiers,
    variantIdentifiers: identifiers,
    source: word,
  },
  { requiredKeys: ['kind', 'variants', 'significance', 'conditions', 'identifiers', 'source'] },
);
const valuesOf = ({ identifiers: own, variantIdentifiers = [] }: DxRow): readonly string[] =>
  [...own, ...variantIdentifiers].map(({ value }) => value);

describe('forms of statements', () => {
  test.prop([fc.array(statement, { maxLength: 30 })])('give every statement back, through JSON', (statements) => {
    const forms: string[] = [];
    const numberOf = numberForms((form) => forms.push(JSON.stringify(form)) - 1);
    for (const one of statements) {
      const form = JSON.parse(forms[numberOf(one) as number] ?? '') as StatementForm;
      expect(filled(form, valuesOf(one))).toEqual(bodyOf(one));
    }
  });

  test.prop([statement, statement])('are one exactly where statements differ in values alone', (one, other) => {
    const numberOf = numberForms(
      (
        (next) => () =>
          next++
      )(0),
    );
    const alike = JSON.stringify(formOf(bodyOf(one))) === JSON.stringify(formOf(bodyOf(other)));
    expect(numberOf(one) === numberOf(other)).toBe(alike);
  });

  it('refuse values that are too few or too many', () => {
    const form = formOf({ significance: { text: 's' }, identifiers: [{ system: 'a', value: '1' }], source: 't' });
    expect(() => filled(form, [])).toThrow(/1 identifiers has 0 values/);
    expect(() => filled(form, ['1', '2'])).toThrow(/1 identifiers has 2 values/);
  });

  it('stop growing: what comes later is kept whole', () => {
    let added = 0;
    const numberOf = numberForms(() => added++);
    const unlike = (i: number): DxRow => ({
      kind: 'dx',
      variants: [],
      significance: { text: `words of ${i}` },
      conditions: [],
      identifiers: [],
      source: 's',
    });
    const first = numberOf(unlike(0));
    for (let i = 1; i < 200_000; i++) numberOf(unlike(i));
    expect(added).toBeLessThan(200_000);
    expect(numberOf(unlike(200_000))).toBeUndefined();
    expect(numberOf(unlike(0))).toBe(first);
  });
});
