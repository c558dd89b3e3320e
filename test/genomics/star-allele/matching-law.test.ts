import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interbase } from '../../../lib/genomics/coordinates.ts';
import { basesOf, type GeneDefinition, type NamedAllele } from '../../../lib/genomics/star-allele/definition.ts';
import { CALLABLE_GENES } from '../../../lib/genomics/star-allele/genes.ts';
import { acceptedAt, type GeneCalls, type PositionCall } from '../../../lib/genomics/star-allele/observation.ts';
import type { StarAlleleCall } from '../../../lib/genomics/star-allele/star-allele-call.ts';
import { hasRealData } from '../../support/real-data.ts';
import { callGene, definitionOf, diplotypesIn } from './pharmcat-files.ts';

const GENES = [...CALLABLE_GENES.keys()];
const PAIRED = GENES.filter((gene) => CALLABLE_GENES.get(gene)?.rule === 'best-pair');

const haplotype = (definition: GeneDefinition, allele: NamedAllele, choice = 0): string[] =>
  definition.positions.map((_, index) => {
    const accepted = acceptedAt(definition, allele, index);
    return accepted[choice % accepted.length] ?? '';
  });

function sampleOf(definition: GeneDefinition, first: readonly string[], second: readonly string[], phased: boolean) {
  return new Map<Interbase, PositionCall>(
    definition.positions.map(({ start0 }, index) => {
      const alleles = [first[index] ?? '', second[index] ?? ''] as const;
      return [start0, phased ? { alleles, phaseSet: 'all' } : { alleles }];
    }),
  );
}

// A genotype close to two named alleles: two of them, mixed at some positions, some of it phased, some not called.
const samples = (genes: readonly string[]) =>
  fc.constantFrom(...genes).chain((gene) => {
    const definition = definitionOf(gene);
    const allele = fc.constantFrom(...definition.alleles);
    const positions = definition.positions.length;
    return fc
      .record({
        first: allele,
        second: allele,
        choice: fc.nat({ max: 1 }),
        changed: fc.array(fc.tuple(fc.nat({ max: positions - 1 }), fc.nat({ max: 3 })), { maxLength: 2 }),
        phase: fc.array(fc.constantFrom('a', 'b', undefined), { minLength: positions, maxLength: positions }),
        missing: fc.oneof(
          fc.constant<number[]>([]),
          fc.array(fc.nat({ max: positions - 1 }), { maxLength: 4 }),
          fc.array(fc.nat({ max: positions - 1 }), { maxLength: 4 }),
        ),
        removed: fc.nat({ max: positions - 1 }),
      })
      .map(({ first, second, choice, changed, phase, missing, removed }) => {
        const strands: readonly [string[], string[]] = [
          haplotype(definition, first, choice),
          haplotype(definition, second),
        ];
        for (const [position, pick] of changed) {
          const defining = definition.positions[position];
          const known = defining ? [defining.reference, ...defining.alternatives] : [];
          strands[pick % 2 === 0 ? 0 : 1][position] = known[pick % known.length] ?? '';
        }
        const calls = new Map<Interbase, PositionCall>(
          definition.positions.map(({ start0 }, index) => {
            if (missing.includes(index)) return [start0, 'not called'];
            const alleles = [strands[0][index] ?? '', strands[1][index] ?? ''] as const;
            const phaseSet = phase[index];
            return [start0, phaseSet === undefined ? { alleles } : { alleles, phaseSet }];
          }),
        );
        return { definition, calls, removed };
      });
  });

const essence = (call: StarAlleleCall) => ({ outcome: call.outcome, diplotypes: diplotypesIn(call) });

const mapCalls = (calls: GeneCalls, change: (call: Exclude<PositionCall, 'not called'>) => PositionCall) =>
  new Map([...calls].map(([start0, call]) => [start0, call === 'not called' ? call : change(call)] as const));

describe.runIf(hasRealData)('laws of matching', () => {
  if (!hasRealData) return;

  test.prop([samples(GENES)], { numRuns: 300 })('which strand comes first does not matter', ({ definition, calls }) => {
    const swapped = mapCalls(calls, ({ alleles: [first, second], ...rest }) => ({ alleles: [second, first], ...rest }));
    expect(essence(callGene(definition, swapped))).toEqual(essence(callGene(definition, calls)));
    const oneSet = mapCalls(calls, (call) =>
      call.phaseSet === 'a' ? { ...call, alleles: [call.alleles[1], call.alleles[0]] } : call,
    );
    expect(essence(callGene(definition, oneSet))).toEqual(essence(callGene(definition, calls)));
  });

  test.prop([samples(GENES)], { numRuns: 300 })('the order of positions does not matter', ({ definition, calls }) => {
    const backwards: GeneDefinition = {
      ...definition,
      positions: definition.positions.toReversed(),
      alleles: definition.alleles.map((allele) => ({
        ...allele,
        stated: allele.stated.toReversed(),
      })) as unknown as GeneDefinition['alleles'],
    };
    const call = callGene(backwards, new Map([...calls].toReversed()));
    expect(essence(call)).toEqual(essence(callGene(definition, calls)));
  });

  test.prop([samples(GENES)], { numRuns: 600 })(
    'removing a call never makes a call of what was none, and never calls *1 or the reference',
    ({ definition, calls, removed }) => {
      const before = callGene(definition, calls);
      const start0 = definition.positions[removed]?.start0;
      const after = callGene(definition, new Map([...calls].filter(([position]) => position !== start0)));
      if (before.outcome === 'undetermined') expect(after.outcome).not.toBe('called');
      const normal = [definition.alleles[0].name, '*1'];
      if (after.outcome === 'called') {
        for (const { alleles } of after.diplotypes) for (const name of alleles) expect(normal).not.toContain(name);
      }
    },
  );

  test.prop([samples(GENES)], { numRuns: 300 })(
    'a call made in spite of missing positions stands whatever named alleles have there',
    ({ definition, calls }) => {
      const call = callGene(definition, calls);
      if (call.outcome !== 'called' || call.missing.length === 0) return;
      for (const allele of definition.alleles) {
        const filled = new Map(calls);
        for (const { position } of call.missing) {
          const index = definition.positions.indexOf(position);
          const [base = ''] = acceptedAt(definition, allele, index);
          filled.set(position.start0, { alleles: [base, base] });
        }
        const complete = callGene(definition, filled);
        if (complete.outcome === 'called' && definition.gene !== 'DPYD') {
          expect(essence(complete)).toEqual(essence(call));
        }
      }
    },
  );

  test.prop([samples(PAIRED)], { numRuns: 400 })(
    'complete and unphased: as when every way to phase the sample is tried',
    ({ definition, calls }) => {
      const unphased = new Map(
        definition.positions.map(({ start0, reference }) => {
          const call = calls.get(start0);
          const alleles =
            call === undefined || call === 'not called' ? ([reference, reference] as const) : call.alleles;
          return [start0, { alleles }] as const;
        }),
      );
      const call = callGene(definition, unphased);
      const expected = byEveryPhase(definition, unphased);
      expect(diplotypesIn(call)).toEqual(expected);
      expect(call.outcome).toBe(expected.length === 0 ? 'unmatched' : 'called');
    },
  );

  it.each(PAIRED)('every pair of alleles of %s is called when phased', (gene) => {
    const definition = definitionOf(gene);
    const stride = definition.alleles.length > 50 ? 7 : 1;
    for (const [index, first] of definition.alleles.entries()) {
      for (let other = index; other < definition.alleles.length; other += stride) {
        const second = definition.alleles[other] ?? first;
        const calls = sampleOf(definition, haplotype(definition, first), haplotype(definition, second), true);
        const call = callGene(definition, calls);
        expect(call.outcome).toBe('called');
        expect(diplotypesIn(call)).toContain([first.reportedAs, second.reportedAs].join('/'));
      }
    }
  });
});

// PharmCAT's description of matching, taken literally: list the strands, match each, keep the top score.
function byEveryPhase(
  definition: GeneDefinition,
  calls: ReadonlyMap<Interbase, { alleles: readonly [string, string] }>,
) {
  const genotypes = definition.positions.map(({ start0 }) => calls.get(start0)?.alleles ?? (['', ''] as const));
  const heterozygous = genotypes.flatMap(([a, b], index) => (a === b ? [] : [index]));
  const matches = (strand: readonly string[]) =>
    definition.alleles.filter((allele) =>
      strand.every((base, index) =>
        basesOf(allele.stated[index] ?? definition.alleles[0].stated[index] ?? '').includes(base),
      ),
    );
  const scores = new Map<string, number>();
  for (let mask = 0; mask < 2 ** heterozygous.length; mask += 1) {
    const side = (index: number) => (heterozygous.includes(index) ? (mask >> heterozygous.indexOf(index)) & 1 : 0);
    const first = genotypes.map((genotype, index) => genotype[side(index)] ?? '');
    const second = genotypes.map((genotype, index) => genotype[1 - side(index)] ?? '');
    for (const a of matches(first)) {
      for (const b of matches(second)) {
        const pair = [a, b].toSorted((x, y) => definition.alleles.indexOf(x) - definition.alleles.indexOf(y));
        const score = scoreOf(definition, a, first) + scoreOf(definition, b, second);
        const name = pair.map(({ reportedAs }) => reportedAs).join('/');
        scores.set(name, Math.max(score, scores.get(name) ?? 0));
      }
    }
  }
  const top = Math.max(...scores.values());
  return [...scores].flatMap(([name, score]) => (score === top ? [name] : [])).toSorted();
}

function scoreOf(definition: GeneDefinition, allele: NamedAllele, strand: readonly string[]): number {
  return strand.filter((base, index) => {
    const stated = allele.stated[index];
    return stated !== undefined && (stated === base || base !== definition.positions[index]?.reference);
  }).length;
}
