import { facadeConfiguration } from './discovery.ts';
import { FUNCTION_ENDPOINTS, methodsOf } from './endpoints.ts';
import { FHIR_USER_ATTRIBUTE, PATIENTS_ATTRIBUTE } from './patient-choice.ts';
import type { Registration } from './registration.ts';
import { ACCESS_SECONDS, REFRESH_DAYS } from './session.ts';

/**
 * The one custom scope of the user pool. Cognito gives no token to a client without one; what tokens allow is the
 * trigger's to say, as SMART's scopes have characters and numbers that Cognito's custom scopes can't.
 */
export const BACKEND_RESOURCE_SERVER = { identifier: 'smart', scope: 'backend' } as const;
export const BACKEND_SCOPE = `${BACKEND_RESOURCE_SERVER.identifier}/${BACKEND_RESOURCE_SERVER.scope}`;

/** SMART wants at most 5 minutes for backend services, and Cognito can't do less. */
const BACKEND_SECONDS = 300;

/** What each environment variable holds. */
export const FACADE_ENVIRONMENT = {
  GENOMICS_AUTH_TABLE: 'name of the table of the façade (partition key `id`, time to live `expires`)',
  GENOMICS_BASE_URL: 'the FHIR base',
  GENOMICS_AUTH_URL: 'base of the façade',
  GENOMICS_POOL_ISSUER: 'issuer of the user pool, https://cognito-idp.REGION.amazonaws.com/POOL',
  GENOMICS_POOL_DOMAIN: 'base of the domain of the user pool, where people sign in',
} as const;

type Variable = keyof typeof FACADE_ENVIRONMENT;

interface FunctionNeeds {
  readonly environment: readonly Variable[];
  /** On the façade's table. */
  readonly tableActions: readonly string[];
  /** On the user pool. What an app's own credentials allow needs no permission. */
  readonly poolActions: readonly string[];
}

const ALL = Object.keys(FACADE_ENVIRONMENT) as readonly Variable[];
const GET = 'dynamodb:GetItem';
const PUT = 'dynamodb:PutItem';
const UPDATE = 'dynamodb:UpdateItem';
const DELETE = 'dynamodb:DeleteItem';
const SECRETS = 'cognito-idp:DescribeUserPoolClient';

/** Least privilege of each function. */
export const FACADE_FUNCTIONS = {
  'smart-authorize': { environment: ALL, tableActions: [GET, PUT, UPDATE], poolActions: [SECRETS] },
  'smart-token': { environment: ALL, tableActions: [GET, PUT, UPDATE, DELETE], poolActions: [SECRETS] },
  'smart-introspect': { environment: ALL, tableActions: [GET, PUT], poolActions: [SECRETS] },
  'smart-launch': { environment: ALL, tableActions: [GET, PUT], poolActions: [SECRETS] },
  'pre-token-generation': { environment: ['GENOMICS_AUTH_TABLE'], tableActions: [GET], poolActions: [] },
} as const satisfies Readonly<Record<string, FunctionNeeds>>;

/** The methods of each endpoint of a function, by path below the façade's base; none for the trigger. */
function endpointsOf(name: keyof typeof FACADE_FUNCTIONS): Readonly<Record<string, readonly string[]>> {
  if (name === 'pre-token-generation') return {};
  return Object.fromEntries(FUNCTION_ENDPOINTS[name].map((endpoint) => [endpoint, methodsOf(endpoint)]));
}

/** What the stacks make of the façade: its functions with their endpoints, and what discovery says. */
export const FACADE_DEPLOYMENT = {
  functions: Object.fromEntries(
    (Object.keys(FACADE_FUNCTIONS) as readonly (keyof typeof FACADE_FUNCTIONS)[]).map((name) => [
      name,
      { ...FACADE_FUNCTIONS[name], endpoints: endpointsOf(name) },
    ]),
  ),
  configuration: facadeConfiguration,
};

/** How people sign in at the pool. */
export interface SignInWays {
  /** `COGNITO`, the pool's own accounts, or names of identity providers of the pool. */
  readonly identityProviders: readonly string[];
  /** What those providers fill in, which Cognito demands that the app client may write. */
  readonly mappedAttributes: readonly string[];
}

/** The parts of `CreateUserPoolClient` that make an app client one that only the façade can use. */
export function appClientOf(
  { client_name: name, grant_type: grantType }: Registration,
  callbackUrl: string,
  { identityProviders, mappedAttributes }: SignInWays,
) {
  const isForPeople = grantType === 'authorization_code';
  return {
    ClientName: name.replaceAll(/[^\w\s+=,.@-]/g, ' ').slice(0, 128),
    // Public apps as well: nobody but the façade can talk to Cognito in the name of the client.
    GenerateSecret: true,
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: [isForPeople ? ('code' as const) : ('client_credentials' as const)],
    AllowedOAuthScopes: isForPeople ? ['openid', 'profile'] : [BACKEND_SCOPE],
    ...(isForPeople ? { CallbackURLs: [callbackUrl], SupportedIdentityProviders: [...identityProviders] } : {}),
    // No sign-in by API, past the façade.
    ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH' as const],
    EnableTokenRevocation: true,
    PreventUserExistenceErrors: 'ENABLED' as const,
    ReadAttributes: [FHIR_USER_ATTRIBUTE, PATIENTS_ATTRIBUTE],
    // Without a list Cognito would take every standard attribute; this one says nothing of who one is. Nobody can use
    // the right, as no token has the scope for it.
    WriteAttributes: mappedAttributes.length > 0 ? [...mappedAttributes] : ['locale'],
    AccessTokenValidity: isForPeople ? ACCESS_SECONDS : BACKEND_SECONDS,
    IdTokenValidity: isForPeople ? ACCESS_SECONDS : BACKEND_SECONDS,
    RefreshTokenValidity: REFRESH_DAYS,
    TokenValidityUnits: { AccessToken: 'seconds' as const, IdToken: 'seconds' as const, RefreshToken: 'days' as const },
  };
}
