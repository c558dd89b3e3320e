import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import type { ServerWithPeople } from './development-server.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A code verifier and its challenge (RFC 7636). */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

type Fields = Readonly<Record<string, string | undefined>>;

/** A person's browser without a screen: keeps cookies by path, sends forms, follows redirects on its server. */
export function personAt({ origin, url }: ServerWithPeople) {
  const cookies = new Map<string, { readonly name: string; readonly value: string; readonly path: string }>();

  async function go(address: string, init: RequestInit = {}): Promise<Response> {
    const to = new URL(address, origin);
    const sent = [...cookies.values()].filter(({ path }) => to.pathname.startsWith(path));
    const response = await fetch(to, {
      redirect: 'manual',
      ...init,
      headers: { Accept: 'text/html', Cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split('; ');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const path = attributes.find((one) => one.startsWith('path='))?.slice('path='.length) ?? '/';
      if (value === '') cookies.delete(`${name} ${path}`);
      else cookies.set(`${name} ${path}`, { name, value, path });
    }
    return response;
  }

  /** Goes on until there is a page, or an address that is not the authorization server's. */
  async function follow(response: Response): Promise<Page> {
    let last = response;
    for (let hops = 0; hops < 10; hops++) {
      const location = last.headers.get('location');
      if (location === null) return { response: last, text: await last.text() };
      const to = new URL(location, origin);
      if (!to.href.startsWith(`${origin}/auth/`)) return { response: last, text: '', sentTo: to };
      last = await go(to.href);
    }
    throw new Error('it redirects for ever');
  }

  return {
    cookies,
    /** Asks for authorization as an app would; members of `more` that are undefined are left out. */
    async authorize(more: Fields = {}): Promise<Page & { readonly verifier: string }> {
      const { verifier, challenge } = pkce();
      const fields: Fields = {
        response_type: 'code',
        client_id: 'genome',
        redirect_uri: `${origin}/genome/`,
        scope: 'launch/patient openid fhirUser patient/Observation.rs',
        state: 'a-state',
        aud: url,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...more,
      };
      const query = new URLSearchParams(
        Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined),
      );
      return { ...(await follow(await go(`/auth/authorize?${query}`))), verifier };
    },
    /** Sends the form of a page. */
    async submit({ text }: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
      const action = /<form method="post" action="([^"]+)"/.exec(text)?.[1];
      if (action === undefined) throw new Error(`no form: ${text}`);
      return follow(await go(action, { method: 'POST', body: new URLSearchParams(fields) }));
    },
    go,
  };
}

/** Where a person has got to. */
export interface Page {
  readonly response: Response;
  readonly text: string;
  /** Where the app was sent, with its code or error. */
  readonly sentTo?: URL;
}

/** Posts to an endpoint of the authorization server. */
export async function post(
  { origin }: ServerWithPeople,
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }> {
  const body = new URLSearchParams(fields);
  const response = await fetch(origin + path, { method: 'POST', body, headers });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
}

/** The assertion that the backend client authenticates with, with some members otherwise. */
export async function backendAssertion(
  { origin, keys }: ServerWithPeople,
  claims: Readonly<Record<string, unknown>> = {},
  { key = keys.backend, ...header }: { readonly key?: JWK; readonly alg?: string; readonly kid?: string } = {},
): Promise<string> {
  const { alg = 'ES384', kid = String(keys.backend.kid) } = header;
  const now = Math.floor(Date.now() / 1000);
  const all = {
    iss: 'backend',
    sub: 'backend',
    aud: `${origin}/auth/token`,
    jti: randomUUID(),
    exp: now + 120,
    ...claims,
  };
  return new SignJWT(all).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(await importJWK(key, alg));
}

/** Asks for a token as the backend client. */
export function backendToken(
  server: ServerWithPeople,
  assertion: string,
  scope = 'system/Observation.rs',
): ReturnType<typeof post> {
  return post(server, '/auth/token', {
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
  });
}
