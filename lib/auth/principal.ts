/** Who a fhirUser claim says is using the app. */
export interface FhirUser {
  readonly type: 'Patient' | 'Practitioner' | 'PractitionerRole' | 'RelatedPerson' | 'Person';
  readonly id: string;
  /** FHIR base URL the claim names, without a slash at its end; absent for a relative one. */
  readonly base?: string;
}

/** What a verified access token says, under the same names whichever server issued it. */
export interface Principal {
  readonly issuer: string;
  /** The `sub` claim: a person, or a program. */
  readonly subject?: string;
  readonly clientId?: string;
  /** The `jti` claim: the token's name, which is no secret. */
  readonly tokenId?: string;
  /** Scope-tokens, without repetition. */
  readonly scopes: readonly string[];
  /** Id of the patient in context, without `Patient/`. */
  readonly patient?: string;
  readonly fhirUser?: FhirUser;
  /** Whether a program asks for itself, with no person behind it. */
  readonly machine: boolean;
  /** Seconds since 1970. */
  readonly expires: number;
}

/**
 * Who asks. `anyone` is nobody in particular, on a server that checks no tokens: it has to be said, so that a caller
 * that was forgotten is never taken for it.
 */
export type Caller = { readonly kind: 'anyone' } | { readonly kind: 'principal'; readonly principal: Principal };

export const ANYONE = { kind: 'anyone' } as const satisfies Caller;

const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;
const FHIR_USER =
  /^(?:(https?:\/\/\S+)\/)?(Patient|Practitioner|PractitionerRole|RelatedPerson|Person)\/([A-Za-z0-9\-.]{1,64})$/;

/** Id of a patient claim, `HG00403` or `Patient/HG00403`; undefined for anything else. */
export function patientOf(claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined;
  const id = claim.startsWith('Patient/') ? claim.slice('Patient/'.length) : claim;
  return FHIR_ID.test(id) ? id : undefined;
}

/** Reads a fhirUser claim; undefined when it is none. */
export function fhirUserOf(claim: unknown): FhirUser | undefined {
  if (typeof claim !== 'string') return undefined;
  const [, base, type, id] = FHIR_USER.exec(claim) ?? [];
  if (type === undefined || id === undefined) return undefined;
  return { type: type as FhirUser['type'], id, ...(base === undefined ? {} : { base }) };
}
