import type { Observation, Parameters } from '@medplum/fhirtypes';

/** The Observations of a flat answer by the name of their parameter. */
export function observationsOf(body: Parameters, name: string): readonly Observation[] {
  return (body.parameter ?? []).flatMap((one) =>
    one.name === name && one.resource?.resourceType === 'Observation' ? [one.resource] : [],
  );
}

/** Identifiers of one system of all implications, sorted. */
export function identifiersOf(body: Parameters, system: string): readonly string[] {
  return observationsOf(body, 'implication')
    .flatMap(({ identifier = [] }) => identifier.filter((one) => one.system === system).map(({ value = '' }) => value))
    .toSorted();
}

/** Texts of the components with a code. */
export function componentTexts({ component = [] }: Observation, code: string): readonly string[] {
  return component
    .filter((one) => one.code.coding?.[0]?.code === code)
    .map((one) => one.valueCodeableConcept?.text ?? one.valueString ?? '');
}
