import { randomBytes, randomUUID } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { hashOf } from '../../lib/cognito/vault.ts';
import { AUTH_BASE, type FacadeUnderTest, FHIR_BASE } from './facade.ts';

export const REDIRECT_URI = 'https://app.example/callback';

/** A public app that opens one patient's record. */
export const PUBLIC_APP = {
  client_name: 'Genome <viewer>',
  grant_type: 'authorization_code',
  token_endpoint_auth_method: 'none',
  redirect_uris: [REDIRECT_URI, 'http://127.0.0.1:5173/'],
  scope: 'openid fhirUser launch launch/patient offline_access patient/Observation.rs user/Observation.rs',
};

/** One authorization request as an app makes it, whose parts a test may change or leave out. */
export interface Attempt {
  readonly parameters: Readonly<Record<string, string>>;
  readonly verifier: string;
}

export function attempt(
  clientId: string,
  scope: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Attempt {
  const verifier = randomBytes(48).toString('base64url');
  const all = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    scope,
    state: randomUUID(),
    aud: FHIR_BASE,
    code_challenge: hashOf(verifier),
    code_challenge_method: 'S256',
    ...changes,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { parameters: Object.fromEntries(given), verifier };
}

/** How far a browser gets: an answer of the façade, and where it sends the browser. */
export interface Arrival {
  readonly reply: APIGatewayProxyResult;
  readonly location: URL | undefined;
  /** Cookies that the browser has by then. */
  readonly cookie: string;
}

/** The first step: to Cognito, or back with a refusal. */
export async function begin(under: FacadeUnderTest, { parameters }: Attempt): Promise<Arrival> {
  return arrival(await under.call('authorize', { query: parameters }), '');
}

/** A browser goes through Cognito, and comes back to the façade. */
export async function throughCognito(under: FacadeUnderTest, { location, cookie }: Arrival): Promise<Arrival> {
  const reply = await fetch(location!, { redirect: 'manual' });
  const back = new URL(reply.headers.get('location')!);
  if (!back.href.startsWith(`${AUTH_BASE}/callback?`)) throw new Error(`Cognito sends people to ${back.href}`);
  const query = Object.fromEntries(back.searchParams);
  return arrival(await under.call('callback', { query, headers: { Cookie: cookie } }), cookie);
}

/** Chooses a patient on the façade's page. */
export async function choose(under: FacadeUnderTest, { reply, cookie }: Arrival, patient: string): Promise<Arrival> {
  const [, secret = ''] = /name="choice" value="([^"]+)"/.exec(reply.body) ?? [];
  return arrival(
    await under.call('patient', { form: { choice: secret, patient }, headers: { Cookie: cookie } }),
    cookie,
  );
}

/** All of it, up to the app's redirect URI or the patient page. */
export async function authorizeApp(under: FacadeUnderTest, asked: Attempt): Promise<Arrival> {
  const begun = await begin(under, asked);
  return begun.location?.href.startsWith(under.cognito.url) ? throughCognito(under, begun) : begun;
}

/** What an app sends for its code. */
export function codeForm(asked: Attempt, { location }: Arrival): Record<string, string> {
  return {
    grant_type: 'authorization_code',
    code: location?.searchParams.get('code') ?? '',
    redirect_uri: asked.parameters['redirect_uri'] ?? '',
    client_id: asked.parameters['client_id'] ?? '',
    code_verifier: asked.verifier,
  };
}

/** Sends a form to an endpoint and reads the JSON answer. */
export async function post(
  under: FacadeUnderTest,
  endpoint: 'token' | 'revoke' | 'introspect' | 'launch',
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly json: Record<string, unknown>; readonly reply: APIGatewayProxyResult }> {
  const reply = await under.call(endpoint, { form, headers });
  return { status: reply.statusCode, json: JSON.parse(reply.body), reply };
}

export function basic(under: FacadeUnderTest, clientId: string): Readonly<Record<string, string>> {
  const secret = encodeURIComponent(under.cognito.clients.get(clientId)?.ClientSecret ?? '');
  return { Authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}

export interface SigningClient {
  /** Public key with `kid`, for the registration. */
  readonly jwk: object;
  /** An assertion as SMART wants it, with changes. */
  assertion(clientId: string, changes?: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function signingClient(alg: 'RS384' | 'ES384'): Promise<SigningClient> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomUUID();
  return {
    jwk: { ...(await exportJWK(publicKey)), kid },
    assertion: (clientId, changes = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({
        iss: clientId,
        sub: clientId,
        aud: `${AUTH_BASE}/token`,
        exp: now + 240,
        jti: randomUUID(),
        ...changes,
      })
        .setProtectedHeader({ alg, kid, typ: 'JWT', ...header } as JWTHeaderParameters)
        .sign(privateKey);
    },
  };
}

export function assertionForm(assertion: string): Readonly<Record<string, string>> {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
}

/** The claims of a token, unverified. */
export function claimsOf(token: unknown): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString());
}

function arrival(reply: APIGatewayProxyResult, cookie: string): Arrival {
  const location = reply.headers?.['Location'];
  const set = reply.headers?.['Set-Cookie'];
  return {
    reply,
    location: typeof location === 'string' ? new URL(location) : undefined,
    cookie: typeof set === 'string' ? (set.split(';')[0] ?? '') : cookie,
  };
}
