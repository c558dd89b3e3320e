import type { Observation } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import { COMPONENT, chromosomeCode } from '../../lib/fhir/codes.ts';
import { simpleVariant, structuralVariant } from '../../lib/fhir/variant.ts';
import { chromosomesOf } from '../../lib/genomics/assembly.ts';
import { ANSWER_LISTS } from '../support/answer-lists.ts';
import { inputOf, simpleRow, span, structuralRow, testOf } from '../support/archive-builder.ts';
import { profileProblems } from '../support/profile.ts';

const GERMLINE = testOf('T1', 'GRCh38', { inputs: [inputOf({ sourceClass: 'germline' })] });
const SOMATIC = testOf('T1', 'GRCh38', { inputs: [inputOf({ sourceClass: 'somatic' })] });
const UNKNOWN = testOf('T1', 'GRCh38', { inputs: [inputOf()] });

function values(resource: Observation, name: keyof typeof COMPONENT): readonly unknown[] {
  expect(profileProblems(resource, 'variant')).toEqual([]);
  return (resource.component ?? [])
    .filter(({ code }) => code.coding?.[0]?.code === COMPONENT[name].code)
    .map(
      ({ code: _, ...value }) =>
        value.valueString ?? value.valueRange ?? value.valueQuantity ?? value.valueCodeableConcept?.coding?.[0]?.code,
    );
}

describe('simpleVariant', () => {
  it('states the place as reported and the names as trimmed', () => {
    const resource = simpleVariant(
      simpleRow(GERMLINE, ['7', 117559590, 'ATCT', 'A'], { ids: 'rs113993960;LOCAL1' }),
      undefined,
    );
    expect(values(resource, 'exactStartEnd')).toEqual([{ low: { value: 117559589 }, high: { value: 117559593 } }]);
    expect(values(resource, 'refAllele')).toEqual(['ATCT']);
    expect(values(resource, 'altAllele')).toEqual(['A']);
    expect(values(resource, 'genomicHgvs')).toEqual(['NC_000007.14:g.117559591_117559593del']);
    expect(values(resource, 'variationCode')).toEqual(['NC_000007.14:117559590:TCT:', 'rs113993960']);
    expect(values(resource, 'codingChangeType')).toEqual(['SO:0000159']);
  });

  it('names an insertion by its flanking bases, and not at all before the first base', () => {
    const inner = simpleVariant(simpleRow(GERMLINE, ['7', 100, 'A', 'ATT']), undefined);
    expect(values(inner, 'genomicHgvs')).toEqual(['NC_000007.14:g.100_101insTT']);
    const outer = simpleVariant(simpleRow(GERMLINE, ['7', 1, 'A', 'TA']), undefined);
    expect(values(outer, 'genomicHgvs')).toEqual([]);
    expect(values(outer, 'variationCode')).toEqual(['NC_000007.14:0::T']);
  });

  it('says only what is known of source class, state, depth and fraction', () => {
    const bare = simpleVariant(simpleRow(UNKNOWN, ['7', 100, 'A', 'C']), undefined);
    for (const name of ['genomicSourceClass', 'allelicState', 'allelicReadDepth', 'sampleAllelicFrequency'] as const) {
      expect(values(bare, name), name).toEqual([]);
    }
    const call = { allelicState: 'homoplasmic', alleleDepth: 0, alleleFraction: Math.fround(0.1) } as const;
    const full = simpleVariant(simpleRow(SOMATIC, ['MT', 100, 'A', 'C'], call), 'tumor');
    expect(values(full, 'genomicSourceClass')).toEqual(['LA6684-0']);
    expect(values(full, 'allelicState')).toEqual(['LA6704-6']);
    expect(values(full, 'allelicReadDepth')).toEqual([expect.objectContaining({ value: 0 })]);
    expect(values(full, 'sampleAllelicFrequency')).toEqual([expect.objectContaining({ value: 0.1 })]);
    expect(values(full, 'genomicHgvs')).toEqual(['NC_012920.1:m.100A>C']);
    expect(full.specimen).toEqual({ type: 'Specimen', identifier: { value: 'tumor' } });
  });

  it('has an id of its content: equal for equal rows, another for any difference', () => {
    const id = (row: Parameters<typeof simpleVariant>[0], specimen?: string) => simpleVariant(row, specimen).id;
    const base = simpleRow(GERMLINE, ['7', 100, 'A', 'C'], { genotype: '0/1' });
    expect(id({ ...base })).toBe(id(base));
    const others = [
      id(base, 'blood'),
      id({ ...base, genotype: '0|1' }),
      id({ ...base, subject: 'HG00404' }),
      id({ ...base, alt: 'G' }),
      id({ ...base, depth: 10 }),
      id({ ...base, chromosome: '8' }),
      id({ ...base, study: { ...base.study, id: 'T2' } }),
      id({ ...base, study: { ...base.study, assembly: 'GRCh37' } }),
      id({ ...base, study: SOMATIC.study }),
    ];
    expect(new Set([id(base), ...others]).size).toBe(others.length + 1);
    // A new version of a study, such as one with more files, leaves the old rows' ids alone.
    expect(id({ ...base, study: { ...base.study, version: 2 } })).toBe(id(base));
  });
});

describe('structuralVariant', () => {
  it('never states an exact start and end, and the inner bounds only where there are any', () => {
    const precise = structuralVariant(structuralRow(GERMLINE, ['7', 1000, '<DEL>', 2000]), undefined);
    expect(values(precise, 'exactStartEnd')).toEqual([]);
    expect(values(precise, 'outerStartEnd')).toEqual(values(precise, 'innerStartEnd'));
    const { inner: _, ...row } = structuralRow(GERMLINE, ['7', 1000, '<DEL>', 2000], {
      imprecise: true,
      outer: span(900, 2100),
    });
    const vague = structuralVariant(row, undefined);
    expect(values(vague, 'outerStartEnd')).toEqual([{ low: { value: 900 }, high: { value: 2100 } }]);
    expect(values(vague, 'innerStartEnd')).toEqual([]);
  });

  it.each([
    ['<DEL>', GERMLINE, true],
    ['<DUP>', GERMLINE, true],
    ['<INV>', GERMLINE, true],
    ['<INS>', UNKNOWN, true],
    ['<DEL>', SOMATIC, false],
    ['<CNV>', GERMLINE, false],
    ['N[9:100[', GERMLINE, false],
  ] as const)('%s states its allelic state: %#', (alt, study, stated) => {
    const row = structuralRow(study, ['7', 1000, alt, 2000], { allelicState: 'heterozygous' });
    expect(values(structuralVariant(row, undefined), 'allelicState')).toEqual(stated ? ['LA6706-1'] : []);
  });

  it('states the copy number, zero too', () => {
    const row = structuralRow(GERMLINE, ['7', 1000, '<CNV>', 2000], { copyNumber: 0 });
    expect(values(structuralVariant(row, undefined), 'copyNumber')).toEqual([expect.objectContaining({ value: 0 })]);
  });

  it('states alleles and names only where they are sequence', () => {
    const symbolic = structuralVariant(structuralRow(GERMLINE, ['7', 1000, '<DEL>', 2000]), undefined);
    expect([values(symbolic, 'altAllele'), values(symbolic, 'variationCode')]).toEqual([[], []]);
    const long = structuralVariant(
      structuralRow(GERMLINE, ['7', 1000, `A${'C'.repeat(50)}`, 1000], { ref: 'A', changeType: 'INS' }),
      undefined,
    );
    expect(values(long, 'variationCode')).toEqual([`NC_000007.14:1000::${'C'.repeat(50)}`]);
    expect(long.note).toBeUndefined();
  });

  it('has another id than the same record among the simple ones', () => {
    const simple = simpleVariant(simpleRow(GERMLINE, ['7', 1000, 'A', `A${'C'.repeat(50)}`]), undefined);
    const structural = structuralVariant(
      structuralRow(GERMLINE, ['7', 1000, `A${'C'.repeat(50)}`, 1000], { ref: 'A', changeType: 'INS' }),
      undefined,
    );
    expect(structural.id).not.toBe(simple.id);
  });
});

describe('chromosomeCode', () => {
  it('has a LOINC answer for every nuclear chromosome and none for the mitochondrion', () => {
    const codes = chromosomesOf('GRCh37').map(({ chromosome }) => chromosomeCode(chromosome)?.code);
    const nuclear = codes.slice(0, 24);
    expect(nuclear).toEqual(ANSWER_LISTS['http://loinc.org/vs/LL2938-0']?.codes);
    expect(codes.slice(24)).toEqual([undefined, undefined]);
  });
});
