import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interbase } from '../../../lib/genomics/coordinates.ts';
import { CannotAnswerError } from '../../../lib/genomics/errors.ts';
import { callStarAlleles } from '../../../lib/genomics/star-allele/call.ts';
import type { PositionCall } from '../../../lib/genomics/star-allele/observation.ts';
import { phenotypeOf } from '../../../lib/genomics/star-allele/phenotype.ts';
import { hasRealData } from '../../support/real-data.ts';
import { callGene, definitionOf, diplotypesIn, phenotypesOf } from './pharmcat-files.ts';

// Alleles of DPYD by name, on the two strands; `phased` states which share one.
function sample(first: readonly string[], second: readonly string[], phased: boolean, missing: readonly string[] = []) {
  const definition = definitionOf('DPYD');
  const stated = (names: readonly string[], position: number) =>
    names
      .map((name) => definition.alleles.find((allele) => allele.name === name)?.stated[position])
      .find((base) => base !== undefined);
  return new Map<Interbase, PositionCall>(
    definition.positions.map(({ start0, reference }, position) => {
      if (stated(missing, position) !== undefined) return [start0, 'not called'];
      const alleles = [stated(first, position) ?? reference, stated(second, position) ?? reference] as const;
      return [start0, phased ? { alleles, phaseSet: '1' } : { alleles }];
    }),
  );
}

const call = (...input: Parameters<typeof sample>) => callGene(definitionOf('DPYD'), sample(...input));

const HAP_B3 = 'c.1129-5923C>G, c.1236G>A (HapB3)';

describe.runIf(hasRealData)('DPYD', () => {
  if (!hasRealData) return;

  it('takes the lowest function of each strand when phased', () => {
    const cis = call(['c.1905+1G>A (*2A)', 'c.2846A>T'], ['c.85T>C (*9A)'], true);
    expect(cis).toMatchObject({
      outcome: 'called',
      found: expect.arrayContaining([{ allele: 'c.2846A>T', copies: 1 }]),
    });
    expect(diplotypesIn(cis)).toEqual(['c.85T>C (*9A)/c.1905+1G>A (*2A)']);
  });

  it('takes two variants to be on different chromosomes when unphased, and normal ones for the reference', () => {
    expect(diplotypesIn(call(['c.1905+1G>A (*2A)', 'c.2846A>T'], ['c.85T>C (*9A)'], false))).toEqual([
      'c.1905+1G>A (*2A)/c.2846A>T',
    ]);
    expect(diplotypesIn(call(['c.496A>G'], ['c.85T>C (*9A)'], false))).toEqual(['Reference/Reference']);
  });

  it('reads HapB3 as one allele, not as its intronic variant too', () => {
    for (const phased of [true, false]) {
      const answer = call([HAP_B3], [], phased);
      expect(answer).toMatchObject({ outcome: 'called', found: [{ allele: HAP_B3, copies: 1 }] });
      expect(diplotypesIn(answer)).toEqual([`Reference/${HAP_B3}`]);
    }
    expect(call([HAP_B3], ['c.1129-5923C>G'], false)).toMatchObject({
      found: [
        { allele: HAP_B3, copies: 1 },
        { allele: 'c.1129-5923C>G', copies: 1 },
      ],
    });
  });

  it('does not match the half of HapB3 that is no allele of its own', () => {
    const calls = sample([HAP_B3], [], false);
    const intronic = definitionOf('DPYD').positions.find(({ rsid }) => rsid === 'rs75017182');
    if (intronic) calls.set(intronic.start0, { alleles: [intronic.reference, intronic.reference] });
    expect(callGene(definitionOf('DPYD'), calls)).toMatchObject({
      outcome: 'unmatched',
      carried: [{ rsid: 'rs56038477' }],
    });
  });

  it('is undetermined next to the reference, or when the missing allele could lower the function', () => {
    const missing = ['c.1905+1G>A (*2A)'];
    expect(diplotypesIn(call([], [], false, missing))).toEqual([
      'Reference/Reference',
      'Reference/c.1905+1G>A (*2A)',
      'c.1905+1G>A (*2A)/c.1905+1G>A (*2A)',
    ]);
    expect(call(['c.2846A>T'], ['c.2846A>T'], false, missing).outcome).toBe('undetermined');
    expect(call(['c.703C>T (*8)'], ['c.703C>T (*8)'], false, missing)).toMatchObject({
      outcome: 'called',
      diplotypes: [{ alleles: ['c.703C>T (*8)', 'c.703C>T (*8)'] }],
    });
    expect(call(['c.2846A>T'], ['c.2846A>T'], false, ['c.85T>C (*9A)']).outcome).toBe('called');
  });

  it('is undetermined when the missing position would tell HapB3 from its intronic variant', () => {
    const exonic = definitionOf('DPYD').positions.find(({ rsid }) => rsid === 'rs56038477')?.start0;
    const calls = [...sample(['c.1129-5923C>G'], ['c.1129-5923C>G'], false)];
    const answer = callGene(definitionOf('DPYD'), new Map(calls.filter(([start0]) => start0 !== exonic)));
    expect(answer.outcome).toBe('undetermined');
    expect(diplotypesIn(answer)).toContain('c.1129-5923C>G/c.1129-5923C>G');
    expect(diplotypesIn(answer).some((name) => name.includes(HAP_B3))).toBe(true);
  });

  it('does not call normal function next to a missing position either', () => {
    const missing = ['c.3067C>A'];
    expect(call(['c.1278G>T'], ['c.1057C>T'], true, missing).outcome).toBe('undetermined');
    expect(call(['c.1278G>T', 'c.85T>C (*9A)'], ['c.1057C>T'], false, missing).outcome).toBe('undetermined');
  });

  it('is not called without the activity values that rank its alleles', () => {
    const calls = sample(['c.2846A>T'], ['c.557A>G'], false);
    expect(() => callStarAlleles(definitionOf('DPYD'), calls)).toThrow(CannotAnswerError);
  });

  const names = definitionOf('DPYD')
    .alleles.slice(1)
    .map(({ name }) => name)
    .filter((name) => name !== HAP_B3);

  test.prop([
    fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(1, 2)), {
      maxLength: 5,
      selector: ([name]) => name,
    }),
  ])('scores the sum of the two lowest activities when unphased', (carried) => {
    const first = carried.map(([name]) => name);
    const second = carried.flatMap(([name, copies]) => (copies === 2 ? [name] : []));
    const table = phenotypesOf('DPYD');
    const activities = [...first, ...second, 'Reference', 'Reference'].map((name) => table.activity.get(name) ?? -1);
    const heterozygous = carried.filter(([, copies]) => copies === 1).length;
    fc.pre(heterozygous > 1);
    const [lowest = 0, next = 0] = activities.toSorted((a, b) => a - b);
    const answer = call(first, second, false);
    expect(answer.outcome).toBe('called');
    if (answer.outcome !== 'called') return;
    expect(answer.diplotypes).toHaveLength(1);
    for (const { alleles } of answer.diplotypes) {
      expect(phenotypeOf(table, alleles)?.activityScore).toBe(lowest + next);
    }
  });
});
