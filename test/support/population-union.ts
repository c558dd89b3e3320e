import type { Parameters, ParametersParameter } from '@medplum/fhirtypes';
import { expect } from 'vitest';
import { findPopulationDxImplications } from '../../lib/operations/find-population-dx-implications.ts';
import { findPopulationMolecularConsequences } from '../../lib/operations/find-population-molecular-consequences.ts';
import { findPopulationSpecificHaplotypes } from '../../lib/operations/find-population-specific-haplotypes.ts';
import { findPopulationTxImplications } from '../../lib/operations/find-population-tx-implications.ts';
import { findSubjectDxImplications } from '../../lib/operations/find-subject-dx-implications.ts';
import { findSubjectMolecularConsequences } from '../../lib/operations/find-subject-molecular-consequences.ts';
import { findSubjectSpecificHaplotypes } from '../../lib/operations/find-subject-specific-haplotypes.ts';
import { findSubjectTxImplications } from '../../lib/operations/find-subject-tx-implications.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import type { Operation } from '../../lib/operations/row.ts';
import { ask, responseProblems } from './response.ts';

/** Operations on everyone with that on one subject, and when a subject's answer says that they belong to it. */
const PAIRS: Readonly<Record<string, readonly [Operation, Operation, (body: Parameters) => boolean]>> = {
  haplotypes: [
    findPopulationSpecificHaplotypes as Operation,
    findSubjectSpecificHaplotypes as Operation,
    ({ parameter = [] }) => parameter.some(({ part }) => part?.some(({ valueBoolean }) => valueBoolean === true)),
  ],
  tx: [findPopulationTxImplications as Operation, findSubjectTxImplications as Operation, has('implication')],
  dx: [findPopulationDxImplications as Operation, findSubjectDxImplications as Operation, has('implication')],
  consequences: [
    findPopulationMolecularConsequences as Operation,
    findSubjectMolecularConsequences as Operation,
    has('consequence'),
  ],
};

function has(wanted: string): (body: Parameters) => boolean {
  return ({ parameter = [] }) => parameter.some(({ name }) => name === wanted);
}

export interface UnionQuestion {
  readonly of: keyof typeof PAIRS;
  /** Of `haplotypes`, a list of one haplotype. */
  readonly input: Readonly<Record<string, readonly string[] | string>>;
}

/** What an answer about everyone says of its first group. */
export interface Counted {
  readonly subjects: readonly string[];
  readonly numerator: number | undefined;
  readonly denominator: number | undefined;
  /** Undefined when it is not told. */
  readonly callable: number | undefined;
}

export async function askEveryone({ of, input }: UnionQuestion, ports: Ports): Promise<Counted> {
  const [operation] = PAIRS[of] as (typeof PAIRS)[string];
  const { haplotypes, ...rest } = input;
  const own = of === 'haplotypes' ? { ...rest, haplotypes: [haplotypes] } : input;
  const body = await ask(operation, { ...own, includePatientList: true }, ports);
  expect(responseProblems(operation.row.code, body)).toEqual([]);
  const [group] = body.parameter as [ParametersParameter];
  const parts = (name: string): readonly ParametersParameter[] =>
    (group.part ?? []).filter((part) => part.name === name);
  return {
    subjects: parts('subject').map(({ valueString = '' }) => valueString),
    numerator: parts('numerator')[0]?.valueQuantity?.value,
    denominator: parts('denominator')[0]?.valueQuantity?.value,
    callable: group.extension?.[0]?.valueQuantity?.value,
  };
}

/** The subjects whose own answers to a question say that they belong to it, ascending. */
export async function unionOf(
  { of, input }: UnionQuestion,
  subjects: readonly string[],
  ports: Ports,
): Promise<readonly string[]> {
  const [, operation, belongs] = PAIRS[of] as (typeof PAIRS)[string];
  const found: string[] = [];
  for (const subject of [...subjects].sort()) {
    if (belongs(await ask(operation, { ...input, subject }, ports))) found.push(subject);
  }
  return found;
}
