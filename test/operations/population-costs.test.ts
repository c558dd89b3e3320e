import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import { findPopulationDxImplications } from '../../lib/operations/find-population-dx-implications.ts';
import { findPopulationMolecularConsequences } from '../../lib/operations/find-population-molecular-consequences.ts';
import { findPopulationSpecificHaplotypes } from '../../lib/operations/find-population-specific-haplotypes.ts';
import { findPopulationTxImplications } from '../../lib/operations/find-population-tx-implications.ts';
import type { Population } from '../../lib/operations/population-ports.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import type { Operation } from '../../lib/operations/row.ts';
import { EXAMPLE_ARCHIVES } from '../support/example-archives.ts';
import { ask } from '../support/response.ts';

/** The same archive, as if it were of a nation. */
function large(ports: Ports): Ports {
  const population = async (): Promise<Population> => {
    const small = await ports.population();
    const germline: Population['germline'] = (assembly) => {
      const one = small.germline(assembly);
      const [source] = one.sources;
      return source === undefined ? one : { ...one, sources: Array(10_000_000).fill(source) };
    };
    return { ...small, rowsNear: () => 1_000_000_000, germline };
  };
  return { ...ports, population };
}

describe('a question about everyone that would outlast a request', () => {
  it.each([
    [findPopulationDxImplications as Operation, 'implications', { conditions: ['Cystic fibrosis'] }],
    [findPopulationTxImplications as Operation, 'implications', { treatments: ['dabrafenib'] }],
    [findPopulationMolecularConsequences as Operation, 'consequences', { featureConsequences: ['missense_variant'] }],
    [findPopulationSpecificHaplotypes as Operation, 'pharmacogenes', { haplotypes: [['CYP2C19 *2']] }],
  ] as const)('is a 413 with advice, %#', async (operation, archive, input) => {
    const ports = EXAMPLE_ARCHIVES[archive]();
    const { status, body } = outcomeOf(await ask(operation, input, large(ports)).catch((error: unknown) => error));
    expect(status).toBe(413);
    expect(body.issue[0]?.code).toBe('too-costly');
    expect(body.issue[0]?.diagnostics).toContain('Prefer: respond-async');
  });

  it('is answered to a client that waits', async () => {
    const ports = EXAMPLE_ARCHIVES.implications();
    const input = { conditions: ['Cystic fibrosis'] };
    const patient = { ...large(ports), patient: true };
    const operation = findPopulationDxImplications as Operation;
    expect(await ask(operation, input, patient)).toEqual(await ask(operation, input, ports));
  });
});

describe('a question that asks for nothing', () => {
  it.each([
    [findPopulationDxImplications as Operation],
    [findPopulationTxImplications as Operation],
    [findPopulationMolecularConsequences as Operation],
  ])('has no group, %#', async (operation) => {
    const body = await ask(operation, { includePatientList: true }, EXAMPLE_ARCHIVES.implications());
    expect(body).toEqual({ resourceType: 'Parameters' });
  });
});
