import type { Observation, Reference, Specimen } from '@medplum/fhirtypes';
import type { Provenance } from '../genomics/variant.ts';
import { profileUrl } from './canonical.ts';
import { concept, OBSERVATION, SYSTEM } from './codes.ts';

const PROFILE = {
  variant: 'variant',
  sequencePhaseRelationship: 'sequence-phase-relationship',
  haplotype: 'haplotype',
  genotype: 'genotype',
  diagnosticImplication: 'diagnostic-implication',
  therapeuticImplication: 'therapeutic-implication',
  molecularConsequence: 'molecular-consequence',
} as const satisfies Record<keyof typeof OBSERVATION, string>;

/** What every finding of the Implementation Guide shares: profile, both categories, code, subject and study. */
export function finding(
  kind: keyof typeof OBSERVATION,
  id: string,
  { study, subject }: Pick<Provenance, 'study' | 'subject'>,
  specimen: string | undefined,
): Observation {
  return {
    resourceType: 'Observation',
    id,
    meta: { profile: [profileUrl(PROFILE[kind])] },
    partOf: [{ type: 'Procedure', identifier: { value: study.testId }, display: `Test ${study.testId}` }],
    status: 'final',
    // Two concepts of one coding each: the profile slices categories by their only coding.
    category: [
      concept(SYSTEM.observationCategory, { code: 'laboratory', display: 'Laboratory' }),
      concept(SYSTEM.diagnosticService, { code: 'GE', display: 'Genetics' }),
    ],
    code: observationCode(OBSERVATION[kind]),
    subject: { reference: `Patient/${subject}` },
    ...(specimen === undefined ? {} : { specimen: specimenReference(specimen) }),
  };
}

function observationCode(code: { readonly system?: string; readonly code: string; readonly display: string }) {
  const { system = SYSTEM.loinc, ...rest } = code;
  return concept(system, rest);
}

function specimenReference(specimen: string): Reference<Specimen> {
  return { type: 'Specimen', identifier: { value: specimen } };
}
