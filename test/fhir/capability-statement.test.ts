import { describe, expect, it } from 'vitest';
import { CANONICAL, IG } from '../../lib/fhir/canonical.ts';
import { capabilityStatement } from '../../lib/fhir/capability-statement.ts';
import { operationDefinition } from '../../lib/fhir/operation-definition.ts';
import { operations } from '../../lib/operations/table.ts';

const rows = operations.map(({ row }) => row);
const statement = capabilityStatement(rows, {
  base: 'http://127.0.0.1:8080/fhir',
  version: '1.2.3',
  date: '2026-01-01',
  security: 'open',
});

describe('capabilityStatement', () => {
  it('lists every operation on the system and on Patient, by the URL of its definition', () => {
    const rest = statement.rest?.[0];
    const urls = rows.map((row) => operationDefinition(row, '1.2.3').url);
    expect(rest?.operation?.map(({ definition }) => definition)).toEqual(urls);
    expect(rest?.resource?.find(({ type }) => type === 'Patient')?.operation).toEqual(rest?.operation);
    expect(rest?.operation?.map(({ name }) => name)).toEqual(rows.map(({ code }) => code));
  });

  it('has what FHIR requires of an instance', () => {
    expect(statement).toMatchObject({
      status: 'active',
      date: '2026-01-01',
      kind: 'instance',
      fhirVersion: '4.0.1',
      implementation: { url: 'http://127.0.0.1:8080/fhir' },
    });
    expect(statement.implementation?.description).toBeTruthy();
    expect(statement.format).toContain('application/fhir+json');
  });
});

describe('operationDefinition', () => {
  it.each(rows)('of $code is called by its id and rests on the guide', (row) => {
    const definition = operationDefinition(row, '1.2.3');
    expect(definition).toMatchObject({
      id: row.code,
      code: row.code,
      url: `${CANONICAL}/OperationDefinition/${row.code}`,
      base: `${IG}/OperationDefinition/${row.code}`,
      system: true,
      type: true,
      instance: false,
      affectsState: false,
    });
    // FHIR opd-3: a search type is for parameters of type string.
    for (const { type, searchType } of definition.parameter ?? [])
      if (searchType !== undefined) expect(type).toBe('string');
  });
});
