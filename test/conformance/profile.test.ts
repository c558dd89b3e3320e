import type { Observation, ObservationComponent } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import { publishedExample } from '../support/guide.ts';
import { profileProblems } from '../support/profile.ts';

const variant = publishedExample<Observation>('Observation-VariantExample2');
const phase = publishedExample<Observation>('Observation-SequencePhaseRelationExample1');

describe('the profile validator', () => {
  it.each([
    'VariantExample',
    'VariantExample1',
    'VariantExample2',
    'SNVexample',
    'ExampleGermlineDEL',
    'ExampleSomaticDEL',
    'ExampleGermlineINV',
    'NTHL1-snv-var',
  ])("accepts the guide's own variant %s", (name) => {
    expect(profileProblems(publishedExample(`Observation-${name}`), 'variant')).toEqual([]);
  });

  it("accepts the guide's own sequence phase relationship", () => {
    expect(profileProblems(phase, 'sequence-phase-relationship')).toEqual([]);
  });

  const component = (code: string, value: Partial<ObservationComponent>): Observation => ({
    ...variant,
    component: [...(variant.component ?? []), { code: { coding: [{ system: 'http://loinc.org', code }] }, ...value }],
  });
  const both = [...(variant.category ?? [])];
  const broken: readonly (readonly [what: string, resource: unknown, problem: RegExp])[] = [
    ['no status', { ...variant, status: undefined }, /status .*empty|status occurs 0/],
    ['an unknown status', { ...variant, status: 'done' }, /observation-status/],
    ['no GE category', { ...variant, category: both.slice(0, 1) }, /category occurs 1|geCategory occurs 0/],
    [
      'both categories in one concept',
      { ...variant, category: [{ coding: both.flatMap(({ coding }) => coding ?? []) }, { text: 'other' }] },
      /coding occurs 2/,
    ],
    ['a value that is no answer', { ...variant, valueCodeableConcept: loinc('LA6668-3') }, /LL1971-2/],
    [
      'a value of another type',
      { ...variant, valueCodeableConcept: undefined, valueReference: {} },
      /must not be valueReference/,
    ],
    ['another code', { ...variant, code: loinc('82120-7') }, /Observation\.code does not fit/],
    ['a chromosome that is not listed', component('48000-4', { valueCodeableConcept: loinc('LA99999-9') }), /LL2938-0/],
    ['two allelic states', component('53034-5', { valueCodeableConcept: loinc('LA6705-3') }), /allelic-state/],
    [
      'an exact start-end that is text',
      component('81254-5', { valueString: '1-2' }),
      /must not be valueString|exact-start-end/,
    ],
    ['a component without a code', { ...variant, component: [{ valueString: 'A' }] }, /component.code occurs 0/],
    ['an element that does not exist', { ...variant, genotype: '0/1' }, /genotype is not an element/],
    ['an array where one is due', { ...variant, status: ['final'] }, /must not be an array/],
    ['no profile', { ...variant, meta: {} }, /meta.profile/],
    ['an id that is none', { ...variant, id: 'a/b' }, /not a FHIR id/],
    ['a reference to nothing', { ...variant, subject: { display: 'someone' } }, /refers to nothing/],
    ['HGVS of no system', component('81290-9', { valueCodeableConcept: { text: 'g.1A>T' } }), /varnomen/],
  ];

  it.each(broken)('refuses a variant with %s', (_what, resource, problem) => {
    expect(profileProblems(JSON.parse(JSON.stringify(resource)), 'variant').join('\n')).toMatch(problem);
  });

  it('refuses a relation outside the value set, or without a value', () => {
    const other = { ...phase, valueCodeableConcept: { coding: [{ system: 'http://loinc.org', code: 'Cis' }] } };
    expect(profileProblems(other, 'sequence-phase-relationship').join()).toMatch(/no coding of/);
    const { valueCodeableConcept: _, ...none } = phase;
    expect(profileProblems(none, 'sequence-phase-relationship').join()).toMatch(/value\[x\] occurs 0/);
  });
});

function loinc(code: string): NonNullable<Observation['valueCodeableConcept']> {
  return { coding: [{ system: 'http://loinc.org', code }] };
}
