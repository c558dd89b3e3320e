import type { Observation } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import type { Reference } from '../../lib/operations/ports.ts';
import { inputOf, simpleRow, testOf } from '../support/archive-builder.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { ask } from '../support/response.ts';
import { ACCESSION, DIFFERING, FEATURES, SEQUENCE, START, twoAssemblies } from '../support/two-assemblies.ts';

const inputs = [inputOf({ sourceClass: 'germline', changeTypes: ['SNV', 'DEL'] })];
const STUDY = testOf('old', 'GRCh37', { inputs });

/** The SPDI names of the one record of a GRCh37 study. */
async function spdiOf(offset: number, ref: string, alt: string, reference: Reference): Promise<(string | undefined)[]> {
  const ports = memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [STUDY] }],
    variants: [simpleRow(STUDY, ['1', START.GRCh37 + offset + 1, ref, alt])],
    reference,
  });
  const at = START.GRCh37 + offset;
  const ranges = [`${ACCESSION.GRCh37}:${at - 20}-${at + 20}`];
  const body = await ask(findSubjectVariants, { subject: 'HG00403', ranges, includeVariants: true }, ports);
  const variant = body.parameter?.[0]?.part?.find(({ name }) => name === 'variant')?.resource as Observation;
  return (variant.component ?? [])
    .filter(({ code }) => code.coding?.[0]?.code === '81252-9')
    .map(({ valueCodeableConcept }) => valueCodeableConcept?.coding?.[0]?.code);
}

const other = (base: string): string => (base === 'T' ? 'G' : 'T');

describe('the canonical name of a GRCh37 record', () => {
  const base = SEQUENCE[500] as string;

  it('is stated on GRCh38 beside its own', async () => {
    expect(await spdiOf(500, base, other(base), twoAssemblies())).toEqual([
      `${ACCESSION.GRCh37}:${START.GRCh37 + 500}:${base}:${other(base)}`,
      `${ACCESSION.GRCh38}:${START.GRCh38 + 500}:${base}:${other(base)}`,
    ]);
  });

  it('is fully justified in a repeat', async () => {
    const { offset, unit, copies } = FEATURES.dinucleotide;
    const anchor = SEQUENCE[offset - 1] as string;
    const [own, canonical] = await spdiOf(offset - 1, `${anchor}${unit}`, anchor, twoAssemblies());
    const whole = unit.repeat(copies);
    expect(own?.split(':').slice(2)).toEqual([whole, whole.slice(unit.length)]);
    expect(canonical).toBe(`${ACCESSION.GRCh38}:${START.GRCh38 + offset}:${whole}:${whole.slice(unit.length)}`);
  });

  it('is left out where GRCh38 has another base, or its bases or the chains are not loaded', async () => {
    const there = SEQUENCE[DIFFERING] as string;
    expect(await spdiOf(DIFFERING, there, other(there), twoAssemblies())).toHaveLength(1);
    expect(await spdiOf(500, base, other(base), twoAssemblies({ windows: [] }))).toHaveLength(1);
    expect(await spdiOf(500, base, other(base), twoAssemblies({ chains: false }))).toHaveLength(1);
  });
});
