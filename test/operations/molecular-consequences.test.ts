import { fc, test } from '@fast-check/vitest';
import type { Observation, Parameters } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import { withNarrower } from '../../lib/genomics/consequence/terms.ts';
import { InvalidInputError, UnavailableError } from '../../lib/genomics/errors.ts';
import type { McRow } from '../../lib/knowledge/rows.ts';
import { askedTerms } from '../../lib/operations/consequence-terms.ts';
import { findSubjectMolecularConsequences } from '../../lib/operations/find-subject-molecular-consequences.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import { inputOf, simpleRow, testOf } from '../support/archive-builder.ts';
import { EXAMPLE_ARCHIVES } from '../support/example-archives.ts';
import { memoryKnowledge } from '../support/memory-knowledge.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { ask, responseProblems } from '../support/response.ts';
import { ACCESSION, FEATURES, SEQUENCE, START, twoAssemblies } from '../support/two-assemblies.ts';

const CODE = findSubjectMolecularConsequences.row.code;
const WHOLE = `NC_000001.11:${START.GRCh38}-${START.GRCh38 + 990}`;

async function answered(ports: Ports, input: object, subject = 'HG00403'): Promise<Parameters> {
  const body = await ask(findSubjectMolecularConsequences, { subject, ...input }, ports);
  expect(responseProblems(CODE, body)).toEqual([]);
  return body;
}

const observations = ({ parameter = [] }: Parameters, name: string): readonly Observation[] =>
  parameter.flatMap((one) => (one.name === name ? [one.resource as Observation] : []));

const codesOf = ({ component = [] }: Observation): readonly string[] =>
  component.flatMap(({ code, valueCodeableConcept: value }) =>
    code.coding?.[0]?.code === 'feature-consequence' ? (value?.coding?.[0]?.code ?? []) : [],
  );

const idsOf = (list: readonly Observation[]): readonly string[] => list.map(({ id = '' }) => id).toSorted();

describe('terms', () => {
  it('find everything narrower, by code, name and both systems', () => {
    const splice = withNarrower('SO:0001629');
    expect([...splice]).toEqual(expect.arrayContaining(['SO:0001574', 'SO:0001575']));
    for (const token of [
      ...['http://www.sequenceontology.org|SO:0001629', 'http://sequenceontology.org|SO:0001629'],
      ...['SO:0001629', 'so:0001629', 'splice_site_variant', 'Splice_Site_Variant', 'splice_site'],
    ]) {
      expect(askedTerms([token])?.codes, token).toEqual(splice);
    }
  });

  it.each(['http://loinc.org|SO:0001629', 'SO:9999999', 'missence', 'http://www.sequenceontology.org|so:0001583', ''])(
    "refuse '%s'",
    (token) => {
      expect(() => askedTerms([token])).toThrow(InvalidInputError);
    },
  );
});

describe('a question', () => {
  const ports = EXAMPLE_ARCHIVES.consequences();

  it('of several terms means any of them', async () => {
    const of = async (...featureConsequences: string[]) =>
      idsOf(observations(await answered(ports, { featureConsequences }), 'consequence'));
    const both = await of('splice_donor_variant', 'frameshift_variant');
    expect(both).toEqual([...(await of('splice_donor_variant')), ...(await of('frameshift_variant'))].toSorted());
    expect(both.length).toBeGreaterThan(2);
  });

  it('of overlapping ranges answers each once', async () => {
    const once = await answered(ports, { ranges: [WHOLE] });
    const twice = await answered(ports, {
      ranges: [WHOLE, WHOLE, `NC_000001.11:${START.GRCh38 + 50}-${START.GRCh38 + 600}`],
    });
    expect(twice).toEqual(once);
  });

  it('of variants and ranges means variants in the ranges', async () => {
    const at = START.GRCh38 + 500;
    const variants = [`NC_000001.11:${at}:${SEQUENCE[500]}:${SEQUENCE[500] === 'T' ? 'G' : 'T'}`];
    const found = observations(await answered(ports, { variants }), 'consequence');
    expect(found.length).toBeGreaterThan(0);
    const within = await answered(ports, { variants, ranges: [`NC_000001.11:${at}-${at + 1}`] });
    expect(idsOf(observations(within, 'consequence'))).toEqual(idsOf(found));
    const beside = await answered(ports, { variants, ranges: [`NC_000001.11:${at + 1}-${at + 2}`] });
    expect(beside).toEqual({ resourceType: 'Parameters' });
  });

  it('is answered with each variant once, behind its consequences', async () => {
    const { parameter = [] } = await answered(ports, { ranges: [WHOLE] });
    for (const [place, { name, resource }] of parameter.entries()) {
      if (name !== 'consequence') continue;
      const next = parameter.slice(place).find((one) => one.name === 'variant')?.resource;
      expect((resource as Observation).derivedFrom?.[0]?.reference).toBe(`Observation/${next?.id}`);
    }
  });

  it.each(['annotated', 'simple'] as const)(
    'fails before the first piece when %s rows can not be read',
    async (kind) => {
      const fail = async (): Promise<never> => {
        throw new UnavailableError('a file can not be read');
      };
      const failing: Ports = {
        ...ports,
        variants: {
          ...ports.variants,
          async *[kind]() {
            yield await fail();
          },
        },
      };
      const testIdentifiers = [kind === 'simple' ? 'panel' : 'tumour'];
      const prepared = await findSubjectMolecularConsequences.prepare(
        { subject: 'HG00403', ranges: [WHOLE], testIdentifiers },
        failing,
      );
      await expect(prepared.run()[Symbol.asyncIterator]().next()).rejects.toThrow(UnavailableError);
    },
  );
});

describe('what is known', () => {
  const spdi = (offset: number, deleted: string, inserted: string): string =>
    `${ACCESSION.GRCh38}:${START.GRCh38 + offset}:${deleted}:${inserted}`;
  const row = (variant: string, facts: Partial<McRow>): McRow => ({
    ...{ kind: 'mc', variant, consequences: [], functionalEffects: [], identifiers: [], source: 'Lab' },
    ...facts,
  });
  /** One study of variants and a table of what is known of some, at offsets of the made-up chromosome. */
  function archive(
    rows: readonly (readonly [offset: number, ref: string, alt: string])[],
    known: readonly McRow[],
  ): Ports {
    const study = testOf('exome', 'GRCh38', { inputs: [inputOf({ changeTypes: ['SNV', 'INS', 'DEL', 'DELINS'] })] });
    const reference = twoAssemblies();
    return memoryPorts({
      subjects: [{ subject: 'HG00403', studies: [study] }],
      variants: rows.map(([offset, ref, alt]) => simpleRow(study, ['1', START.GRCh38 + offset + 1, ref, alt])),
      reference,
      knowledge: memoryKnowledge([{ source: 'lab', release: '1', rows: known }], reference),
    });
  }
  const other = (base: string): string => (base === 'T' ? 'G' : 'T');
  const snv = (offset: number) => [SEQUENCE[offset] as string, other(SEQUENCE[offset] as string)] as const;

  test.prop(
    [
      fc.uniqueArray(fc.integer({ min: 10, max: 690 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.record({ pick: fc.nat(11), effect: fc.constantFrom('SO:0002053', 'SO:0002054') }), { maxLength: 8 }),
      fc.constantFrom('range', 'whole', 'variants'),
    ],
    { numRuns: 40 },
  )('is told of each variant it is about, once, beside what else is told of it', async (offsets, facts, way) => {
    const statements = facts.flatMap(({ pick, effect }, number) => {
      const offset = offsets[pick];
      const identifiers = [{ system: 'lab', value: String(number) }];
      return offset === undefined
        ? []
        : [row(spdi(offset, ...snv(offset)), { functionalEffects: [effect], identifiers })];
    });
    const variants = offsets.map((offset) => [offset, ...snv(offset)] as const);
    const asked = {
      range: { ranges: [WHOLE] },
      whole: { featureConsequences: ['SO:0001060'] },
      variants: { variants: offsets.map((offset) => spdi(offset, ...snv(offset))) },
    }[way];
    const told = observations(await answered(archive(variants, statements), asked), 'consequence');
    const plain = observations(await answered(archive(variants, []), asked), 'consequence');
    const known = told.filter(({ identifier }) => identifier !== undefined);
    expect(known.map(({ identifier }) => identifier?.[0]?.value).toSorted()).toEqual(
      statements.map(({ identifiers }) => identifiers[0]?.value).toSorted(),
    );
    expect(idsOf(told.filter((one) => !known.includes(one)))).toEqual(idsOf(plain));
    expect(new Set(idsOf(told)).size).toBe(told.length);
  });

  it('of an insertion is found however both state it', async () => {
    const { offset, unit, copies } = FEATURES.trinucleotide;
    const end = offset + unit.length * copies;
    const [before, after] = [SEQUENCE[offset - 1] as string, SEQUENCE[end] as string];
    const ports = archive(
      [
        [offset - 1, before, `${before}${unit}`],
        [end, after, `${unit}${after}`],
      ],
      [row(spdi(offset + 3, '', unit), { functionalEffects: ['SO:0002054'] })],
    );
    const found = await answered(ports, { featureConsequences: ['loss_of_function_variant'] });
    // Two records, each as its file states it.
    expect(observations(found, 'consequence')).toHaveLength(2);
    expect(observations(found, 'variant')).toHaveLength(2);
  });

  it('is refused to be missing where a release was not carried to the assembly of the subject', async () => {
    const ports = archive([[60, ...snv(60)]], [row(spdi(60, ...snv(60)), { functionalEffects: ['SO:0002054'] })]);
    const knowledge = await ports.knowledge();
    const releases = knowledge.releases.map((one) => ({ ...one, uncarried: { GRCh38: 1 } }));
    const failing = { ...ports, knowledge: async () => ({ ...knowledge, releases }) };
    await expect(answered(failing, { ranges: [WHOLE] })).rejects.toThrow(/lab 1 was imported without chains/);
  });
});

/** Edits anywhere on the made-up gene, long deletions over both exons among them. */
const EDITS = fc.array(
  fc.record({
    offset: fc.integer({ min: 1, max: 900 }),
    deleted: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 60 })),
    inserted: fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
);

const TERMS = fc.subarray(
  [
    ...['SO:0001629', 'SO:0001568', 'SO:0001818', 'SO:0001587', 'SO:0001627', 'SO:0001622', 'SO:0001580'],
    ...['SO:0001576', 'SO:0001537'],
  ],
  { minLength: 1, maxLength: 2 },
);

describe('a whole subject', () => {
  test.prop([EDITS, TERMS], { numRuns: 50 })(
    'answers terms with just those of all its consequences that have one',
    async (edits, terms) => {
      const study = testOf('exome', 'GRCh38', { inputs: [inputOf({ changeTypes: ['SNV', 'INS', 'DEL', 'DELINS'] })] });
      const rows = edits.flatMap(({ offset, deleted, inserted }) => {
        const [before, bases] = [SEQUENCE[offset - 1] as string, SEQUENCE.slice(offset, offset + deleted)];
        if (bases === inserted || offset + deleted > 700) return [];
        return [simpleRow(study, ['1', START.GRCh38 + offset, `${before}${bases}`, `${before}${inserted}`])];
      });
      const ports = memoryPorts({
        subjects: [{ subject: 'HG00403', studies: [study] }],
        variants: rows,
        reference: twoAssemblies(),
      });
      const every = observations(await answered(ports, { ranges: ['NC_000001.11:0-248956422'] }), 'consequence');
      const asked = new Set(terms.flatMap((term) => [...withNarrower(term)]));
      const expected = every.filter((one) => codesOf(one).some((code) => asked.has(code)) || one.note !== undefined);
      const found = observations(await answered(ports, { featureConsequences: terms }), 'consequence');
      // What is not determined may be any of the terms; a small gene with all its bases leaves nothing open.
      expect(every.filter(({ note }) => note !== undefined)).toEqual([]);
      expect(idsOf(found)).toEqual(idsOf(expected));
    },
  );
});
