import { type Configuration, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { scopeTokens } from '../auth/scopes.ts';
import { type Client, clientsOf, EHR_SCOPE, isLoopbackAddress } from './clients.ts';
import { introspection } from './introspection.ts';
import { type Keys, publicKey } from './keys.ts';
import type { Launches } from './launches.ts';
import { memoryAdapter } from './memory-adapter.ts';
import { errorPage, respond, signedOutPage, signOutPage } from './pages.ts';
import { personOf } from './people.ts';
import { scopesFor } from './scopes.ts';
import { AUTH_PATH, LIFETIME, type ProviderOptions, ROUTES } from './settings.ts';

const CODE_SECONDS = 60;
const DAY_SECONDS = 86_400;
const ASSERTION_SECONDS = 300;

export interface ConfiguredProvider {
  readonly provider: Provider;
  readonly clients: readonly Client[];
}

/** An OpenID provider that speaks SMART App Launch 2.2 for a FHIR server on this machine. */
export function configuredProvider(options: ProviderOptions): ConfiguredProvider {
  const { origin, keys } = options;
  const clients = clientsOf(origin, publicKey(keys.backend));
  const provider = new Provider(origin + AUTH_PATH, configuration(options, clients));
  const { redirectUriAllowed } = provider.Client.prototype;
  provider.Client.prototype.redirectUriAllowed = function (uri: string) {
    if (clients.find(({ id }) => id === this.clientId)?.anyLoopback) return isLoopbackAddress(uri);
    return redirectUriAllowed.call(this, uri);
  };
  provider.on('server_error', (_ctx, error) => options.onFault(error));
  provider.use(async (ctx, next) => {
    await next();
    await afterwards(ctx as KoaContextWithOIDC, options);
  });
  return { provider, clients };
}

function configuration(options: ProviderOptions, clients: readonly Client[]): Configuration {
  const { origin, base, keys, directory, launches, grants } = options;
  const { port } = new URL(origin);
  return {
    adapter: memoryAdapter(),
    clients: clients.map(({ id, name, metadata }) => ({ ...metadata, client_id: id, client_name: name })),
    jwks: { keys: [keys.signing as Required<Keys['signing']>] },
    cookies: {
      keys: [keys.cookie],
      // Browsers keep cookies by host, not by port: two servers of one machine must not sign each other's people out.
      names: { session: `dev_session_${port}`, interaction: `dev_interaction_${port}`, resume: `dev_resume_${port}` },
      // Below the authorization server only: no question to the archive ever carries the session.
      long: { httpOnly: true, sameSite: 'lax', path: AUTH_PATH },
      // The library gives each a path of its own request, so that two launches at once don't meet.
      short: { httpOnly: true, sameSite: 'lax' },
    },
    routes: ROUTES,
    interactions: { url: (_ctx, { uid }) => `${AUTH_PATH}/interaction/${uid}` },
    responseTypes: ['code'],
    scopes: ['openid', 'fhirUser', 'launch', 'launch/patient', 'offline_access', 'online_access', EHR_SCOPE],
    claims: { openid: ['sub'], fhirUser: ['fhirUser', 'name'] },
    conformIdTokenClaims: false,
    clientAuthMethods: ['none', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'], idTokenSigningAlgValues: ['RS256'] },
    clockTolerance: 5,
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    extraParams: {
      aud: (_ctx, aud) => checkAudience(aud, base),
      launch: (ctx, launch) => checkLaunch(ctx, launch, launches),
    },
    assertJwtClientAuthClaimsAndHeader: (ctx, claims, header) =>
      checkAssertion(claims, header, [ctx.oidc.urlFor('token'), ctx.oidc.urlFor('introspection')]),
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, client) => client.clientAuthMethod !== 'none' },
      rpInitiatedLogout: { enabled: true, logoutSource: signOutPage, postLogoutSuccessSource: signedOutPage },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => base,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource) => {
          if (resource !== base) throw new errors.InvalidTarget(`tokens are for ${base} only`);
          const scopes = grantable(ctx, clients);
          if (scopes.length === 0) throw new errors.InvalidScope('the client may have none of the scopes', '');
          return {
            scope: scopes.join(' '),
            audience: base,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          };
        },
      },
    },
    ttl: {
      AccessToken: LIFETIME.user,
      ClientCredentials: LIFETIME.backend,
      AuthorizationCode: CODE_SECONDS,
      IdToken: LIFETIME.user,
      RefreshToken: DAY_SECONDS,
      Grant: DAY_SECONDS,
      Session: DAY_SECONDS,
      Interaction: LIFETIME.user,
    },
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') || source.scopes.has('online_access')),
    rotateRefreshToken: true,
    clientBasedCORS: (_ctx, from, client) =>
      client.clientAuthMethod === 'none' &&
      (from === origin || (client.clientId === 'my-app' && isLoopbackAddress(`${from}/`))),
    // Every request to authorize is decided anew: what one app may have is nothing that another one inherits.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    findAccount: (_ctx, id) => {
      const person = personOf(directory, id);
      if (person === undefined) return undefined;
      const { fhirUser, name } = person;
      return { accountId: id, claims: () => ({ sub: id, fhirUser: `${base}/${fhirUser}`, name }) };
    },
    extraTokenClaims: (_ctx, token) => {
      if (token.kind !== 'AccessToken') return undefined;
      const fhirUser = personOf(directory, token.accountId)?.fhirUser;
      const patient = grants.get(token.grantId ?? '')?.patient;
      return { fhirUser: `${base}/${fhirUser}`, ...(patient === undefined ? {} : { patient }) };
    },
    renderError: (ctx, out) => respond(ctx, errorPage(out)),
  };
}

/** The resource scopes that a request may end with, wherever in the flow it is. */
function grantable({ oidc }: KoaContextWithOIDC, clients: readonly Client[]): readonly string[] {
  const client = clients.find(({ id }) => id === oidc.client?.clientId);
  if (client === undefined) return [];
  const source = oidc.entities.AuthorizationCode ?? oidc.entities.RefreshToken;
  const asked = source?.scope ?? (typeof oidc.params?.['scope'] === 'string' ? oidc.params['scope'] : '');
  return scopesFor(client, scopeTokens(asked));
}

function checkAudience(aud: unknown, base: string): void {
  if (aud === base || aud === `${base}/`) return;
  throw new errors.InvalidRequest(`aud must be the FHIR base URL, ${base}`);
}

/** Launch parameter and launch scope come together, and the launch is a live one for this client. */
function checkLaunch({ oidc }: KoaContextWithOIDC, id: unknown, launches: Launches): void {
  const scoped = scopeTokens(String(oidc.params?.['scope'] ?? '')).includes('launch');
  if (id === undefined && !scoped) return;
  if (id === undefined) throw new errors.InvalidRequest('the scope launch needs the launch parameter of an EHR launch');
  if (!scoped) throw new errors.InvalidRequest('a launch parameter needs the scope launch');
  const launch = launches.find(String(id));
  if (launch === undefined || launch.client !== oidc.client?.clientId) {
    throw new errors.InvalidRequest('the launch is unknown, used, or too old: launch the app again');
  }
}

/** SMART App Launch 2.2, asymmetric client authentication: what the library doesn't check by itself. */
function checkAssertion(
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>>,
  endpoints: readonly string[],
): void {
  const { iss, sub, aud, exp } = claims;
  if (iss !== sub) throw new errors.InvalidClientAuth('iss and sub must both be the client id');
  if (typeof aud !== 'string' || !endpoints.includes(aud)) {
    throw new errors.InvalidClientAuth('aud must be the address of the endpoint');
  }
  if (Number(exp) > Date.now() / 1000 + ASSERTION_SECONDS) {
    throw new errors.InvalidClientAuth('exp is more than five minutes ahead');
  }
  if (header['crit'] !== undefined || header['kid'] === undefined) {
    throw new errors.InvalidClientAuth('the header must name its key and hold no crit');
  }
}

/** What SMART wants in answers beyond OpenID Connect. */
async function afterwards(ctx: KoaContextWithOIDC, options: ProviderOptions): Promise<void> {
  const { route, entities, client } = ctx.oidc ?? {};
  const body = ctx.body as Record<string, unknown> | undefined;
  if (route === 'token') ctx.set('Pragma', 'no-cache');
  if (route === 'token' && ctx.status === 200) {
    const context = options.grants.get(entities?.Grant?.jti ?? '');
    if (context?.patient !== undefined) {
      Object.assign(body ?? {}, { patient: context.patient, need_patient_banner: context.banner });
    }
  }
  // The library introspects opaque tokens only and says so after it has authenticated the client.
  if (route === 'introspection' && body?.['error'] === 'unsupported_token_type' && client !== undefined) {
    ctx.status = 200;
    ctx.body =
      client.clientAuthMethod === 'none'
        ? { active: false }
        : await introspection(String(ctx.oidc.params?.['token']), options);
  }
}
