// Authorization code with PKCE for the pages of this server that are no SMART apps: the EHR page and the API page.
// Tokens stay in memory: a reload asks the authorization server again, which knows who is signed in.

/** @typedef {{ access_token: string, refresh_token?: string, expires_in?: number, id_token?: string }} Tokens */
/**
 * @typedef {object} SignedIn
 * @property {() => Promise<string>} token an access token that is good for a while
 * @property {string} name of the person
 * @property {string} idToken
 */

/** Seconds before its end at which a token is renewed. */
const RENEW_BEFORE = 30;

/**
 * Signs in at the development authorization server of this host, leaving the page for a moment where needed.
 *
 * @param {{ clientId: string, scope: string, redirect: string }} client `redirect` is a path
 * @returns {Promise<SignedIn | undefined>} undefined where this server has no development authorization server
 * @throws Error saying why the person was refused
 */
export async function signIn({ clientId, scope, redirect }) {
  const base = `${location.origin}/fhir`;
  const response = await fetch('/fhir/.well-known/smart-configuration');
  const configuration = response.ok ? await response.json() : {};
  if (configuration.issuer !== `${location.origin}/auth`) return undefined;
  const key = `sign-in-${clientId}`;
  const query = new URLSearchParams(location.search);
  const pending = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  if (query.has('state') && query.get('state') === pending?.state) {
    sessionStorage.removeItem(key);
    history.replaceState(null, '', redirect + pending.hash);
    if (query.has('error')) throw new Error(query.get('error_description') ?? query.get('error') ?? 'refused');
    const first = await tokens(configuration.token_endpoint, {
      grant_type: 'authorization_code',
      code: query.get('code') ?? '',
      redirect_uri: location.origin + redirect,
      client_id: clientId,
      code_verifier: pending.verifier,
    });
    return session(first, configuration.token_endpoint, clientId);
  }
  const verifier = random();
  const state = random();
  sessionStorage.setItem(key, JSON.stringify({ verifier, state, hash: location.hash }));
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: location.origin + redirect,
    scope,
    state,
    aud: base,
    code_challenge: await challenge(verifier),
    code_challenge_method: 'S256',
  });
  location.replace(`${configuration.authorization_endpoint}?${parameters}`);
  // The page is left: whoever waits for an answer waits until then.
  return new Promise(() => {});
}

/**
 * @param {Tokens} first
 * @param {string} endpoint
 * @param {string} clientId
 * @returns {SignedIn}
 */
function session(first, endpoint, clientId) {
  let current = first;
  let until = expiry(first);
  /** A refresh token is used once: whoever needs a new token meanwhile waits for the same one. @type {Promise<void> | undefined} */
  let renewing;
  /** @param {string} token */
  async function renew(token) {
    current = await tokens(endpoint, { grant_type: 'refresh_token', refresh_token: token, client_id: clientId });
    until = expiry(current);
  }
  const claims = JSON.parse(new TextDecoder().decode(base64(first.id_token?.split('.')[1] ?? 'e30')));
  return {
    async token() {
      if (Date.now() > until && current.refresh_token !== undefined) {
        renewing ??= renew(current.refresh_token).finally(() => {
          renewing = undefined;
        });
        await renewing;
      }
      return current.access_token;
    },
    name: String(claims.name ?? claims.sub),
    idToken: first.id_token ?? '',
  };
}

/** @param {Tokens} of */
function expiry({ expires_in: seconds = 300 }) {
  return Date.now() + (seconds - RENEW_BEFORE) * 1000;
}

/**
 * @param {string} endpoint
 * @param {Readonly<Record<string, string>>} form
 * @returns {Promise<Tokens>}
 */
async function tokens(endpoint, form) {
  const response = await fetch(endpoint, { method: 'POST', body: new URLSearchParams(form) });
  const body = await response.json();
  if (!response.ok)
    throw new Error(body.error_description ?? body.error ?? `the token endpoint says ${response.status}`);
  return body;
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {string} verifier */
async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** @param {string} text */
function base64(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}
