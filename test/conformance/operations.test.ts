import type { OperationDefinition, OperationDefinitionParameter } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import { operationDefinition } from '../../lib/fhir/operation-definition.ts';
import type { OperationRow } from '../../lib/operations/row.ts';
import { operations } from '../../lib/operations/table.ts';
import { differences } from '../support/compare-operation.ts';
import { publishedOperation } from '../support/guide.ts';

const rows: readonly OperationRow[] = operations.map(({ row }) => row);

describe.each(rows)('$code', (row) => {
  const published = publishedOperation(row.code);

  it('has exactly the parameters that the guide publishes', () => {
    expect(differences(row, published)).toEqual([]);
  });

  it('becomes an OperationDefinition with the same parameters, based on the published one', () => {
    const ours = operationDefinition(row, '1.0.0');
    expect(ours.base).toBe(published.url);
    expect(differences(row, { ...published, parameter: ours.parameter ?? [] })).toEqual([]);
  });

  it('notices every change, loss or addition of a published parameter', () => {
    for (const [what, changed] of mutations(published)) {
      expect(differences(row, changed), what).not.toEqual([]);
    }
  });

  it('notices every change, loss or addition of a parameter of the row', () => {
    for (const name of Object.keys(row.in)) {
      const parameter = row.in[name]!;
      const { [name]: _, ...rest } = row.in;
      const kinds: readonly OperationRow['in'][] = [
        rest,
        { ...row.in, [name]: { ...parameter, min: parameter.min === 0 ? 1 : 0 } },
        { ...row.in, [name]: { ...parameter, max: parameter.max === '1' ? '*' : '1' } },
        { ...row.in, [name]: { ...parameter, type: parameter.type === 'boolean' ? 'string' : 'boolean' } },
        { ...row.in, [`${name}s`]: parameter },
        { ...row.in, [name]: { ...parameter, searchType: parameter.searchType === 'string' ? 'token' : 'string' } },
      ];
      for (const input of kinds) expect(differences({ ...row, in: input }, published), name).not.toEqual([]);
    }
    for (const [name, group] of Object.entries(row.out)) {
      for (const part of Object.keys(group.part ?? {})) {
        const { [part]: one, ...rest } = group.part!;
        const kinds = [rest, { ...group.part!, [part]: { ...one!, min: one!.min === 0 ? 1 : 0 } as const }];
        for (const parts of kinds) {
          const out = { ...row.out, [name]: { ...group, part: parts } };
          expect(differences({ ...row, out }, published), part).not.toEqual([]);
        }
      }
    }
  });
});

/** Every published parameter and part, once lost, once doubled under another name, once changed in each fact. */
function* mutations(published: OperationDefinition): Generator<readonly [string, OperationDefinition]> {
  for (const [what, parameter] of mutatedLists(published.parameter ?? [])) yield [what, { ...published, parameter }];
}

function* mutatedLists(
  list: readonly OperationDefinitionParameter[],
): Generator<readonly [string, OperationDefinitionParameter[]]> {
  for (const [place, one] of list.entries()) {
    const put = (...changed: OperationDefinitionParameter[]) => [
      ...list.slice(0, place),
      ...changed,
      ...list.slice(place + 1),
    ];
    yield [`${one.name} lost`, put()];
    yield [`${one.name} added`, put(one, { ...one, name: `${one.name}Too` })];
    yield [`${one.name} renamed`, put({ ...one, name: one.name?.toUpperCase() ?? '' })];
    yield [`${one.name} min`, put({ ...one, min: (one.min ?? 0) + 1 })];
    yield [`${one.name} max`, put({ ...one, max: one.max === '*' ? '2' : '*' })];
    yield [`${one.name} type`, put({ ...one, type: one.type === 'Quantity' ? 'string' : 'Quantity' })];
    for (const [what, part] of mutatedLists(one.part ?? [])) yield [`${one.name}.${what}`, put({ ...one, part })];
  }
}
