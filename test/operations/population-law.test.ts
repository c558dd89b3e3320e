import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { ASSEMBLIES, type Assembly } from '../../lib/genomics/assembly.ts';
import { findPopulationSpecificVariants } from '../../lib/operations/find-population-specific-variants.ts';
import { findPopulationStructuralIntersectingVariants } from '../../lib/operations/find-population-structural-intersecting-variants.ts';
import { findSubjectSpecificVariants } from '../../lib/operations/find-subject-specific-variants.ts';
import { findSubjectStructuralIntersectingVariants } from '../../lib/operations/find-subject-structural-intersecting-variants.ts';
import type { SubjectRecord } from '../../lib/operations/ports.ts';
import { inputOf, simpleRow, span, structuralRow, testOf } from '../support/archive-builder.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { ask } from '../support/response.ts';
import { ACCESSION, FEATURES, SEQUENCE, START, twoAssemblies } from '../support/two-assemblies.ts';

const SUBJECTS = ['A', 'B', 'C', 'D'] as const;
const assembly = fc.constantFrom(...ASSEMBLIES);
const inputs = [inputOf({ sourceClass: 'germline', changeTypes: ['SNV', 'INS', 'DEL', 'DUP'], studiedRegions: true })];
const TESTS = {
  GRCh37: testOf('old', 'GRCh37', { inputs }),
  GRCh38: testOf('new', 'GRCh38', { inputs }),
} as const;
const reference = twoAssemblies();

/** A change by its offset in the stretch: substitutions, and units of the repeats gained or lost at any copy. */
const change = fc.oneof(
  fc
    .record({ offset: fc.constantFrom(500, 501, 600), alt: fc.constantFrom('A', 'C', 'G', 'T') })
    .map(({ offset, alt }) => {
      const ref = SEQUENCE[offset] as string;
      return { offset, deleted: ref, inserted: alt === ref ? 'N' : alt };
    }),
  fc
    .record({
      feature: fc.constantFrom(...Object.values(FEATURES)),
      copy: fc.nat(4),
      gained: fc.boolean(),
    })
    .map(({ feature: { offset, unit }, copy, gained }) => {
      const at = offset + copy * unit.length;
      return { offset: at, deleted: gained ? '' : unit, inserted: gained ? unit : '' };
    }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const record = fc.record({ subject: fc.constantFrom(...SUBJECTS), assembly, change });
const people = fc.array(
  fc.record({ subject: fc.constantFrom(...SUBJECTS), in: fc.subarray([...ASSEMBLIES], { minLength: 1 }) }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

/** Anchored by the base before, as a VCF writes it. */
function rowOf({
  subject,
  assembly: on,
  change: { offset, deleted, inserted },
}: {
  subject: string;
  assembly: Assembly;
  change: Change;
}) {
  const anchor = SEQUENCE[offset - 1] as string;
  return simpleRow(TESTS[on], ['1', START[on] + offset, anchor + deleted, anchor + inserted], { subject });
}

const spdiOf = (on: Assembly, { offset, deleted, inserted }: Change): string =>
  `${ACCESSION[on]}:${START[on] + offset}:${deleted}:${inserted}`;

function recordsOf(drawn: readonly { readonly subject: string; readonly in: readonly Assembly[] }[]): SubjectRecord[] {
  const tests = new Map<string, Set<Assembly>>();
  for (const one of drawn) tests.set(one.subject, (tests.get(one.subject) ?? new Set()).union(new Set(one.in)));
  return [...tests].map(([subject, on]) => ({ subject, studies: [...on].map((name) => TESTS[name]) }));
}

const namesIn = (part: readonly { readonly name?: string; readonly valueString?: string | undefined }[] = []) =>
  part.flatMap(({ name, valueString = '' }) => (name === 'subject' ? [valueString] : []));

describe('a question about everyone', () => {
  test.prop(
    [
      people,
      fc.array(record, { maxLength: 8 }),
      fc.array(fc.record({ assembly, change }), { minLength: 1, maxLength: 4 }),
    ],
    {
      numRuns: 60,
    },
  )('names whom the questions about each of them find, in tests of either assembly', async (drawn, rows, asked) => {
    const subjects = recordsOf(drawn);
    const held = rows.filter(({ subject, assembly: on }) =>
      subjects.some((one) => one.subject === subject && one.studies.includes(TESTS[on])),
    );
    const regions = ASSEMBLIES.map((on) => ({
      ...({ study: TESTS[on].study.id, input: 0, kind: 'studied', chromosome: '1' } as const),
      regions: [span(START[on] + 150, START[on] + 550)],
    }));
    const ports = memoryPorts({ subjects, variants: held.map(rowOf), regions, reference });
    const variants = asked.map((one) => spdiOf(one.assembly, one.change));
    const { parameter = [] } = await ask(
      findPopulationSpecificVariants,
      { variants: [variants], includePatientList: true },
      ports,
    );
    const single = await Promise.all(
      subjects.map(async ({ subject }) => ({
        subject,
        groups: (await ask(findSubjectSpecificVariants, { subject, variants }, ports)).parameter ?? [],
      })),
    );
    const expected = variants.map((item, at) => [
      item,
      single
        .filter(({ groups }) => groups[at]?.part?.[1]?.valueBoolean === true)
        .map(({ subject }) => subject)
        .sort(),
      single.filter(({ groups }) => groups[at]?.extension?.[0]?.valueCode === 'covered').length,
    ]);
    expect(
      parameter.map(({ part, extension }) => [
        part?.[0]?.valueString,
        namesIn(part),
        extension?.[0]?.valueQuantity?.value,
      ]),
    ).toEqual(expected);

    // Each list a set of its own: whoever is in all.
    const all = await ask(
      findPopulationSpecificVariants,
      { variants: [...variants.map((one) => [one]), variants], includePatientList: true },
      ports,
    );
    const every = expected.map(([, names]) => new Set(names as string[])).reduce((a, b) => a.intersection(b));
    expect(all.parameter).toHaveLength(1);
    expect(namesIn(all.parameter?.[0]?.part)).toEqual([...every]);
  });

  test.prop(
    [
      people,
      fc.array(
        fc.record({
          subject: fc.constantFrom(...SUBJECTS),
          assembly,
          from: fc.nat(600),
          length: fc.integer({ min: 50, max: 300 }),
        }),
      ),
      assembly,
      fc.nat(600),
    ],
    {
      numRuns: 40,
    },
  )('finds structural variants of both assemblies alike', async (drawn, rows, on, from) => {
    const subjects = recordsOf(drawn);
    const held = rows.filter((row) =>
      subjects.some((one) => one.subject === row.subject && one.studies.includes(TESTS[row.assembly])),
    );
    const structural = held.map(({ subject, assembly: of, from: start, length }) =>
      structuralRow(TESTS[of], ['1', START[of] + start, '<DEL>', START[of] + start + length], { subject }),
    );
    const ports = memoryPorts({ subjects, structural, reference });
    const ranges = [`${ACCESSION[on]}:${START[on] + from}-${START[on] + from + 40}`];
    const body = await ask(findPopulationStructuralIntersectingVariants, { ranges, includePatientList: true }, ports);
    const found: string[] = [];
    for (const { subject } of subjects) {
      const answer = await ask(findSubjectStructuralIntersectingVariants, { subject, ranges }, ports);
      if (answer.parameter?.[0]?.part?.[1]?.valueBoolean) found.push(subject);
    }
    expect(namesIn(body.parameter?.[0]?.part)).toEqual(found.sort());
  });
});
