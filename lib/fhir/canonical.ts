/**
 * Root of the URIs that this project defines: OperationDefinitions, the CapabilityStatement and extensions. It names
 * and never resolves: `.example` is reserved (RFC 2606), so nobody else can publish under it.
 */
export const CANONICAL = 'https://genomics-archive.example/fhir';

/** Root of the HL7 Genomics Reporting Implementation Guide. */
export const IG = 'http://hl7.org/fhir/uv/genomics-reporting';

/**
 * Extension on a `variants` group: how much of its range the subject's tests could have seen. `valueCode` is
 * `covered`, `partly`, `not-covered` or `unknown`.
 */
export const RANGE_COVERAGE = `${CANONICAL}/StructureDefinition/range-coverage`;

/**
 * Extension on a group of a population's answer: the number of subjects whose tests saw the whole place that is asked
 * about, so that their not being counted means that they do not carry it (`valueQuantity`).
 */
export const CALLABLE_SUBJECTS = `${CANONICAL}/StructureDefinition/callable-subjects`;

/** URL of a profile of the Implementation Guide, such as `variant`. */
export function profileUrl(profile: string): string {
  return `${IG}/StructureDefinition/${profile}`;
}
