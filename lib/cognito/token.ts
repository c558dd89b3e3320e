import { authenticateClient } from './client-authentication.ts';
import { OAuthError } from './errors.ts';
import { type FacadeReply, type FacadeRequest, json, required, type Single, single } from './exchange.ts';
import { type Issued, issueToClient, issueToSession } from './issue.ts';
import type { Facade } from './ports.ts';
import { type Client, clientOf } from './registration.ts';
import { contextOf, coveredScopes, splitScope } from './scopes.ts';
import { type CodeGrant, liveGrant, revokeGrant, revokeSession, type Session } from './session.ts';
import { hashOf, isSameText, keep, look, take } from './vault.ts';

/** The token endpoint. @throws OAuthError */
export async function token(facade: Facade, request: FacadeRequest): Promise<FacadeReply> {
  const form = single(request.form);
  const grantType = required(form, 'grant_type');
  const client = await clientAsking(facade, request, form);
  if (grantType === 'authorization_code') return byCode(facade, client, form);
  if (grantType === 'refresh_token') return byRefreshToken(facade, client, form);
  if (grantType === 'client_credentials') return byCredentials(facade, client, form);
  throw new OAuthError(
    'unsupported_grant_type',
    "'grant_type' has to be authorization_code, refresh_token or client_credentials",
  );
}

/**
 * The client of a public app may go unsaid when it refreshes, as the refresh token tells it, and fhirclient leaves it
 * out. Every other client authenticates.
 */
async function clientAsking(facade: Facade, request: FacadeRequest, form: Single): Promise<Client> {
  const says = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'].some((one) => form.has(one));
  const holder = says || request.headers.has('authorization') ? undefined : await holderOf(facade, form);
  const client = holder === undefined ? undefined : await clientOf(facade, holder);
  return client?.token_endpoint_auth_method === 'none' ? client : authenticateClient(facade, request, form);
}

/** The client that a form's refresh token is of. */
export async function holderOf(facade: Facade, form: Single): Promise<string | undefined> {
  if (form.get('grant_type') !== 'refresh_token') return undefined;
  return (await look<Session>(facade, 'refresh', form.get('refresh_token') ?? ''))?.value.client;
}

/** The revocation endpoint, for refresh and access tokens (RFC 7009). @throws OAuthError */
export async function revoke(facade: Facade, request: FacadeRequest): Promise<FacadeReply> {
  const form = single(request.form);
  const client = await authenticateClient(facade, request, form);
  const text = required(form, 'token');
  const refresh = await look<Session>(facade, 'refresh', text);
  if (refresh !== undefined) {
    if (refresh.value.client === client.client_id) await revokeSession(facade, refresh.value);
  } else {
    const claims = await facade.pool.verify(text, 'access');
    const grant = claims?.['grant_id'];
    if (claims?.['client_id'] === client.client_id && typeof grant === 'string') await revokeGrant(facade, grant);
  }
  // Nobody learns whether a token was one.
  return json(200, {});
}

async function byCode(facade: Facade, client: Client, form: Single): Promise<FacadeReply> {
  const bad = new OAuthError('invalid_grant', "'code' is unknown, used or expired, or not this request's; start again");
  const [code, redirectUri, verifier] = ['code', 'redirect_uri', 'code_verifier'].map((name) => required(form, name));
  const taken = await take<CodeGrant>(facade, 'code', code ?? '');
  if (taken === undefined) throw bad;
  const { session, challenge, nonce, idToken, good, redirectUri: sentTo } = taken.value;
  // Somebody else may have the code: what was given for it ends (RFC 6749, 4.1.2).
  if (taken.used) await revokeSession(facade, session);
  if (taken.used || good <= facade.now() || session.client !== client.client_id || sentTo !== redirectUri) throw bad;
  if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier ?? '') || !isSameText(hashOf(verifier ?? ''), challenge)) throw bad;
  const issued = await issueToSession(facade, session, session.scopes);
  // OpenID Connect wants the app's nonce in the id token; those of a refresh may have none.
  const signInToken = idToken === undefined || issued.idNonce === nonce ? {} : { idToken };
  return answer(facade, session, { ...issued, ...signInToken });
}

async function byRefreshToken(facade: Facade, client: Client, form: Single): Promise<FacadeReply> {
  const bad = new OAuthError('invalid_grant', "'refresh_token' is unknown, used, revoked or expired; sign in again");
  const handle = required(form, 'refresh_token');
  const found = await look<Session>(facade, 'refresh', handle);
  if (found === undefined || found.value.client !== client.client_id) throw bad;
  const session = found.value;
  const replayed = async () => {
    await revokeSession(facade, session);
    return bad;
  };
  if (found.used) throw await replayed();
  if ((await liveGrant(facade, session.grant)) === undefined) throw bad;
  const asked = form.get('scope');
  const scopes = asked === undefined ? session.scopes : narrowed(session.scopes, splitScope(asked));
  const issued = await issueToSession(facade, session, scopes);
  // Used up only now, so that a failure at Cognito costs nobody the session.
  const taken = await take<Session>(facade, 'refresh', handle);
  if (taken === undefined || taken.used) throw await replayed();
  return answer(facade, session, issued);
}

/** RFC 6749, 6: nothing that was not granted before. */
function narrowed(granted: readonly string[], asked: readonly string[]): readonly string[] {
  const scopes = coveredScopes(asked, granted);
  if (scopes.length !== asked.length) throw new OAuthError('invalid_scope', "'scope' is more than was granted");
  return scopes;
}

async function byCredentials(facade: Facade, client: Client, form: Single): Promise<FacadeReply> {
  if (client.grant_type !== 'client_credentials') {
    throw new OAuthError('unauthorized_client', 'This client acts for people only');
  }
  // Without scopes Cognito would grant all it knows of.
  const asked = splitScope(required(form, 'scope'));
  const scopes = coveredScopes(asked, splitScope(client.scope)).filter((one) => contextOf(one) === 'system');
  if (scopes.length === 0) {
    throw new OAuthError('invalid_scope', 'None of the scopes asked for may be granted to this client');
  }
  const { accessToken, expiresIn } = await issueToClient(facade, client.client_id, scopes);
  return json(200, {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    scope: scopes.join(' '),
  });
}

/** The token response with the launch context beside the tokens. */
async function answer(facade: Facade, session: Session, issued: Issued): Promise<FacadeReply> {
  const { accessToken, idToken, expiresIn, scopes, refreshToken } = issued;
  const isOffline = session.scopes.includes('offline_access');
  const next = { ...session, refreshToken: refreshToken ?? session.refreshToken };
  return json(200, {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    scope: scopes.join(' '),
    ...(scopes.includes('openid') && idToken !== undefined ? { id_token: idToken } : {}),
    ...(isOffline ? { refresh_token: await keep(facade, 'refresh', next, session.ends) } : {}),
    ...session.context,
  });
}
