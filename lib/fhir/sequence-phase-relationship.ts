import type { Observation } from '@medplum/fhirtypes';
import type { Provenance } from '../genomics/variant.ts';
import { concept, PHASE_RELATION, SYSTEM } from './codes.ts';
import { contentId } from './content-id.ts';
import { finding } from './finding.ts';

/** Two variants of one phase set, by the ids of their Observations. */
export interface PhasedPair {
  readonly relation: keyof typeof PHASE_RELATION;
  readonly first: string;
  readonly second: string;
}

/**
 * Whether two variants lie on the same copy of a chromosome.
 *
 * @see http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/sequence-phase-relationship
 */
export function sequencePhaseRelationship(
  { relation, first, second }: PhasedPair,
  provenance: Pick<Provenance, 'study' | 'subject'>,
): Observation {
  return {
    ...finding('sequencePhaseRelationship', contentId('p', [relation, first, second]), provenance, undefined),
    valueCodeableConcept: concept(SYSTEM.phaseRelationship, PHASE_RELATION[relation]),
    derivedFrom: [{ reference: `Observation/${first}` }, { reference: `Observation/${second}` }],
  };
}
