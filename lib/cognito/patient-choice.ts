import { isFhirId, type PersonReference, personOf } from './references.ts';

/** Who signed in, from the attributes that the institution keeps in the user pool. */
export interface Person {
  /** Cognito's user name, by which the trigger knows the user. */
  readonly username: string;
  readonly fhirUser?: string;
  /** Patients the person may open, besides being one. */
  readonly patients: readonly string[];
}

/** Attributes of the user pool. People can't write them: the app clients have no such right. */
export const FHIR_USER_ATTRIBUTE = 'custom:fhirUser';
export const PATIENTS_ATTRIBUTE = 'custom:patients';

/** Among whom a person chooses at a standalone launch; `any` = by typing an id. */
export interface PatientChoice {
  readonly patients: readonly string[];
  readonly any: boolean;
}

/**
 * A patient opens the own record, and whoever else is listed for the account (children, wards). A practitioner may open
 * any patient of this server, as with `user/` scopes; what the token then allows is the operations' to decide.
 */
export function patientChoiceOf({ fhirUser, patients }: Person, fhirBase: string): PatientChoice {
  const reference = fhirUser === undefined ? undefined : personOf(fhirUser, fhirBase);
  const own = reference?.type === 'Patient' && reference.base === '' ? [reference.id] : [];
  return { patients: [...new Set([...own, ...patients])], any: isPractitioner(reference) };
}

export function mayOpen({ patients, any }: PatientChoice, patient: string): boolean {
  return isFhirId(patient) && (any || patients.includes(patient));
}

function isPractitioner(reference: PersonReference | undefined): boolean {
  return reference?.type === 'Practitioner' || reference?.type === 'PractitionerRole';
}
