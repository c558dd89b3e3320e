import type { Ticket } from './issue.ts';
import { FHIR_USER_ATTRIBUTE, PATIENTS_ATTRIBUTE } from './patient-choice.ts';
import type { Facade } from './ports.ts';
import { look } from './vault.ts';

/** Name of the ticket in the trigger's `clientMetadata`. */
export const TICKET_METADATA = 'ticket';

/** The parts of the Pre Token Generation event, version 2 or 3, that are read. */
export interface PreTokenEvent {
  readonly version: string;
  readonly triggerSource: string;
  readonly userName?: string | null;
  readonly callerContext: { readonly clientId: string };
  readonly request: {
    readonly userAttributes?: Readonly<Record<string, string>> | null;
    readonly scopes?: readonly string[] | null;
    readonly clientMetadata?: Readonly<Record<string, string>> | null;
  };
}

interface TokenChanges {
  readonly claimsToAddOrOverride: Readonly<Record<string, string>>;
  readonly claimsToSuppress: readonly string[];
}

/** What the trigger answers with. */
export interface PreTokenOverride {
  readonly idTokenGeneration: TokenChanges;
  readonly accessTokenGeneration: TokenChanges & {
    readonly scopesToAdd: readonly string[];
    readonly scopesToSuppress: readonly string[];
  };
}

/** The raw attributes are the façade's business: apps learn `fhirUser`, when it was granted. */
const HIDDEN = [FHIR_USER_ATTRIBUTE, PATIENTS_ATTRIBUTE];

/** Scopes that a sign-in needs, so that the façade can ask who it was. */
const SIGN_IN_SCOPES = ['openid', 'profile'];

/**
 * Decides the scopes and claims of every token that the pool makes. With a ticket of the façade: what the ticket says.
 * Without one no token gets any right to data, whatever its client asked of Cognito; and none ever gets Cognito's own
 * scope `aws.cognito.signin.user.admin`, with which an app could change who its user is in FHIR.
 *
 * @throws Error, upon which Cognito makes no token, when a ticket is not for this client and user
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
 */
export async function preToken(vault: Pick<Facade, 'items' | 'now'>, event: PreTokenEvent): Promise<PreTokenOverride> {
  const asked = event.request.scopes ?? [];
  const secret = event.request.clientMetadata?.[TICKET_METADATA];
  if (secret === undefined) return withoutTicket(event, asked);
  const ticket = (await look<Ticket>(vault, 'ticket', secret))?.value;
  const username = event.triggerSource === 'TokenGeneration_ClientCredentials' ? undefined : (event.userName ?? '');
  if (ticket?.client !== event.callerContext.clientId || ticket.username !== username) {
    throw new Error('the ticket is not for this token');
  }
  const { scopes, patient, fhirUser, grant } = ticket;
  return override(asked, scopes, {
    id: fhirUser !== undefined && scopes.includes('fhirUser') ? { fhirUser } : {},
    access: {
      ...(patient === undefined ? {} : { patient }),
      ...(fhirUser === undefined ? {} : { fhirUser }),
      ...(grant === undefined ? {} : { grant_id: grant }),
    },
  });
}

function withoutTicket({ triggerSource, request }: PreTokenEvent, asked: readonly string[]): PreTokenOverride {
  if (triggerSource !== 'TokenGeneration_HostedAuth') return override(asked, [], { id: {}, access: {} });
  const fhirUser = request.userAttributes?.[FHIR_USER_ATTRIBUTE];
  return override(
    asked,
    SIGN_IN_SCOPES.filter((scope) => asked.includes(scope)),
    { id: fhirUser !== undefined && asked.includes('profile') ? { fhirUser } : {}, access: {} },
  );
}

function override(
  asked: readonly string[],
  scopes: readonly string[],
  claims: { readonly id: Readonly<Record<string, string>>; readonly access: Readonly<Record<string, string>> },
): PreTokenOverride {
  return {
    idTokenGeneration: { claimsToAddOrOverride: claims.id, claimsToSuppress: HIDDEN },
    accessTokenGeneration: {
      claimsToAddOrOverride: claims.access,
      claimsToSuppress: HIDDEN,
      scopesToAdd: scopes.filter((scope) => !asked.includes(scope)),
      scopesToSuppress: asked.filter((scope) => !scopes.includes(scope)),
    },
  };
}
