import { OAuthError } from './errors.ts';
import { type FacadeReply, type FacadeRequest, redirect, required, type Single, single } from './exchange.ts';
import type { LaunchContext } from './launch.ts';
import type { Facade } from './ports.ts';
import { type Client, clientOf } from './registration.ts';
import { contextOf, coveredScopes, splitScope } from './scopes.ts';
import { hashOf, keep, look, randomSecret } from './vault.ts';

/** What is kept between an app's request and the person's return from Cognito. */
export interface SignIn {
  readonly client: string;
  readonly redirectUri: string;
  readonly state: string;
  /** Granted if the person turns out to be one they can be granted to. */
  readonly scopes: readonly string[];
  /** S256 challenge of the app. */
  readonly challenge: string;
  readonly nonce?: string;
  /** Secret of the launch context. */
  readonly launch?: string;
  /** The façade's own verifier and nonce towards Cognito. */
  readonly poolVerifier: string;
  readonly poolNonce: string;
  /** Hash of the cookie that the browser was given, so that nobody can finish what another one began. */
  readonly browser: string;
}

/** A person has this long to sign in and to choose. */
export const SIGN_IN_SECONDS = 600;
const LONGEST_STATE = 2_048;
/** Values of OpenID Connect's `prompt` that Cognito knows. */
const PROMPTS = ['none', 'login', 'select_account', 'consent'];

/** Where Cognito sends people back to; the only callback URL of every app client. */
export function callbackUrlOf({ authBase }: Pick<Facade, 'authBase'>): string {
  return `${authBase}/callback`;
}

/**
 * The authorization endpoint: checks everything that Cognito would not, remembers it, and sends the person to sign in.
 *
 * A refusal goes to the app once its `client_id` and `redirect_uri` are known to be right, and to the person before.
 *
 * @throws OAuthError
 */
export async function authorize(facade: Facade, request: FacadeRequest): Promise<FacadeReply> {
  const parameters = single(request.method === 'GET' ? request.query : request.form);
  const client = await clientOf(facade, required(parameters, 'client_id'));
  const redirectUri = required(parameters, 'redirect_uri');
  if (!client.redirect_uris.includes(redirectUri)) {
    throw new OAuthError('invalid_request', "'redirect_uri' is not registered for this client");
  }
  const state = parameters.get('state');
  return tellApp({ redirectUri, state }, () => begin(facade, client, redirectUri, parameters));
}

/** Runs what answers an app, and tells the app when it fails. Faults of our own stay ours. */
export async function tellApp(
  { redirectUri, state }: { readonly redirectUri: string; readonly state: string | undefined },
  work: () => Promise<FacadeReply>,
): Promise<FacadeReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return redirect(redirectUri, { error: error.code, error_description: error.message, state });
  }
}

async function begin(facade: Facade, client: Client, redirectUri: string, parameters: Single): Promise<FacadeReply> {
  if (required(parameters, 'response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', "'response_type' has to be code");
  }
  const state = required(parameters, 'state');
  if (state.length > LONGEST_STATE) throw new OAuthError('invalid_request', "'state' is too long");
  checkAudience(facade, parameters);
  const challenge = challengeOf(parameters);
  const scopes = await scopesOf(facade, client, parameters);
  const [browser, poolVerifier] = [randomSecret(), randomSecret()];
  const nonce = parameters.get('nonce');
  const launch = parameters.get('launch');
  const prompt = parameters.get('prompt');
  if (prompt !== undefined && !PROMPTS.includes(prompt)) {
    throw new OAuthError('invalid_request', `'prompt' has to be one of ${PROMPTS.join(', ')}`);
  }
  const signIn: SignIn = {
    client: client.client_id,
    redirectUri,
    state,
    scopes,
    challenge,
    ...(nonce === undefined ? {} : { nonce }),
    ...(launch === undefined ? {} : { launch }),
    poolVerifier,
    poolNonce: nonce ?? randomSecret(),
    browser: hashOf(browser),
  };
  const poolState = await keep(facade, 'sign-in', signIn, facade.now() + SIGN_IN_SECONDS);
  return redirect(
    `${facade.poolDomain}/oauth2/authorize`,
    {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: callbackUrlOf(facade),
      // Scopes about data are the trigger's to add, once it is known who signed in. `profile` asks it for fhirUser.
      scope: scopes.includes('fhirUser') ? 'openid profile' : 'openid',
      state: poolState,
      nonce: signIn.poolNonce,
      code_challenge: hashOf(poolVerifier),
      code_challenge_method: 'S256',
      // Becomes `aud` of the access token.
      resource: facade.fhirBase,
      // Somebody else may be signed in on this machine still.
      prompt,
    },
    { 'Set-Cookie': setCookie(poolState, browser, SIGN_IN_SECONDS) },
  );
}

/** `aud`, or its synonym `resource`, is the FHIR base: tokens for another server are not for us to give. */
function checkAudience({ fhirBase }: Facade, parameters: Single): void {
  const resource = parameters.get('resource');
  const audience = parameters.get('aud') ?? resource ?? required(parameters, 'aud');
  for (const one of [audience, resource ?? audience]) {
    if (one.replace(/\/$/, '') !== fhirBase) throw new OAuthError('invalid_request', `'aud' has to be ${fhirBase}`);
  }
}

function challengeOf(parameters: Single): string {
  const challenge = required(parameters, 'code_challenge');
  if (required(parameters, 'code_challenge_method') !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
    throw new OAuthError('invalid_request', "PKCE with 'code_challenge_method' S256 is required");
  }
  return challenge;
}

/** What the client asked for and may have; the launch, when it is one, has to be this client's and unused. */
async function scopesOf(facade: Facade, client: Client, parameters: Single): Promise<readonly string[]> {
  const asked = splitScope(required(parameters, 'scope'));
  const allowed = coveredScopes(asked, splitScope(client.scope));
  // Those about data come with a sign-in or with a client, never with both.
  const scopes = allowed.filter((token) => contextOf(token) !== 'system');
  if (!scopes.some((token) => contextOf(token) !== undefined || token === 'openid')) {
    throw new OAuthError('invalid_scope', 'None of the scopes asked for may be granted to this client');
  }
  const launch = parameters.get('launch');
  if ((launch !== undefined) !== asked.includes('launch')) {
    throw new OAuthError('invalid_request', "The scope launch and the parameter 'launch' go together");
  }
  if (launch !== undefined) {
    const found = scopes.includes('launch') ? await look<LaunchContext>(facade, 'launch', launch) : undefined;
    if (found === undefined || found.used || found.value.client !== client.client_id) throw badLaunch();
  }
  return scopes;
}

/** The same for every reason, so that nobody learns which launches exist. */
export function badLaunch(): OAuthError {
  return new OAuthError(
    'invalid_request',
    "'launch' is unknown, used, expired or meant for another app or person; launch the app again",
  );
}

/** A cookie per sign-in, so that several may run in one browser. */
export function cookieNameOf(poolState: string): string {
  return `__Host-sign-in-${hashOf(poolState).slice(0, 12)}`;
}

export function setCookie(poolState: string, value: string, seconds: number): string {
  return `${cookieNameOf(poolState)}=${value}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Lax`;
}
