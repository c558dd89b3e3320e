import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { cognitoApi } from './cognito-api.ts';
import {
  type AppClient,
  type CognitoServer,
  newRefreshToken,
  type PoolSession,
  type TokenOrder,
} from './cognito-model.ts';

interface PoolCode extends PoolSession {
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly nonce: string | undefined;
}

/** A refusal of the token endpoint. */
class Refusal extends Error {}

/** Claims that the trigger can't change. */
const FIXED = [
  'sub',
  'iss',
  'exp',
  'iat',
  'jti',
  'client_id',
  'token_use',
  'origin_jti',
  'nonce',
  'auth_time',
  'username',
  'version',
  'at_hash',
];
const POOL = 'local_Pool1';
const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Starts a pool without clients and people. */
export async function startCognito(): Promise<CognitoServer> {
  let key = await newKey();
  const codes = new Map<string, PoolCode>();
  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const refused = error instanceof Refusal;
      send(response, refused ? 400 : 500, { error: refused ? error.message : String(error) });
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  const issuer = `${url}/${POOL}`;

  const server: CognitoServer = {
    url,
    issuer,
    clients: new Map(),
    branded: new Set(),
    users: new Map(),
    signedIn: undefined,
    trigger: undefined,
    down: false,
    requests: [],
    rotation: false,
    refreshTokens: new Map(),
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid }).sign(key.privateKey),
    async rotateKey() {
      key = await newKey();
    },
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const body = await bodyOf(request);
    const target = request.headers['x-amz-target'];
    const what = typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : pathname;
    server.requests.push(what);
    if (server.down) return send(response, 503, { message: 'down' });
    if (typeof target === 'string') {
      const { status, value } = await cognitoApi(server, what, JSON.parse(body), issueTokens);
      return send(response, status, value);
    }
    if (pathname === `/${POOL}/.well-known/jwks.json`) {
      return send(response, 200, { keys: [key.jwk] });
    }
    if (pathname === '/oauth2/authorize') return redirectBack(response, authorize(searchParams));
    if (pathname === '/oauth2/token') {
      return send(response, 200, await token(new URLSearchParams(body), request.headers.authorization));
    }
    if (pathname === '/oauth2/userInfo') return userInfo(request, response);
    return send(response, 404, {});
  }

  function authorize(query: URLSearchParams): URL {
    const client = server.clients.get(query.get('client_id') ?? '');
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!client?.CallbackURLs?.includes(redirectUri)) throw new Refusal('redirect_mismatch');
    if (!server.branded.has(client.ClientId)) throw new Refusal('login_pages_unavailable');
    const back = new URL(redirectUri);
    const state = query.get('state');
    if (state !== null) back.searchParams.set('state', state);
    const refuse = (error: string) => {
      back.searchParams.set('error', error);
      return back;
    };
    if (query.get('response_type') !== 'code' || !client.AllowedOAuthFlows.includes('code')) {
      return refuse('unauthorized_client');
    }
    const scopes = query.get('scope')?.split(' ') ?? client.AllowedOAuthScopes;
    if (!scopes.every((scope) => client.AllowedOAuthScopes.includes(scope))) return refuse('invalid_scope');
    const challenge = query.get('code_challenge');
    if (challenge !== null && query.get('code_challenge_method') !== 'S256') return refuse('invalid_request');
    if (server.signedIn === undefined) return refuse('access_denied');
    const code = randomUUID();
    codes.set(code, {
      clientId: client.ClientId,
      username: server.signedIn,
      scopes,
      resource: query.get('resource') ?? undefined,
      originJti: randomUUID(),
      redirectUri,
      challenge: challenge ?? undefined,
      nonce: query.get('nonce') ?? undefined,
    });
    back.searchParams.set('code', code);
    return back;
  }

  async function token(form: URLSearchParams, authorization: string | undefined): Promise<object> {
    const client = clientFor(server, form, authorization);
    const grant = form.get('grant_type');
    if (grant === 'client_credentials') {
      if (!client.AllowedOAuthFlows.includes('client_credentials')) throw new Refusal('unauthorized_client');
      const scopes = form.get('scope')?.split(' ') ?? client.AllowedOAuthScopes;
      if (!scopes.every((scope) => client.AllowedOAuthScopes.includes(scope))) throw new Refusal('invalid_scope');
      const metadata = form.get('aws_client_metadata');
      return issueTokens({
        clientId: client.ClientId,
        scopes,
        source: 'TokenGeneration_ClientCredentials',
        metadata: metadata === null ? undefined : JSON.parse(metadata),
      });
    }
    if (grant === 'refresh_token') {
      const session = server.refreshTokens.get(form.get('refresh_token') ?? '');
      if (session?.clientId !== client.ClientId) throw new Refusal('invalid_grant');
      // No metadata: the endpoint takes it in client credentials grants only.
      return issueTokens({ ...session, session, source: 'TokenGeneration_RefreshTokens' });
    }
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const verified =
      code?.challenge === undefined || sha256(form.get('code_verifier') ?? '').toString('base64url') === code.challenge;
    if (code?.clientId !== client.ClientId || code.redirectUri !== form.get('redirect_uri') || !verified) {
      throw new Refusal('invalid_grant');
    }
    const tokens = await issueTokens({ ...code, session: code, source: 'TokenGeneration_HostedAuth' });
    return { ...tokens, refresh_token: newRefreshToken(server, code) };
  }

  async function issueTokens(
    order: TokenOrder,
  ): Promise<{ access_token: string; id_token?: string; expires_in: number; token_type: string }> {
    const { clientId, session } = order;
    const attributes =
      session === undefined ? {} : { sub: subOf(session.username), ...server.users.get(session.username) };
    const change = await askTrigger(order, attributes);
    const seconds = server.clients.get(clientId)?.AccessTokenValidity ?? 3600;
    const now = Math.floor(Date.now() / 1000);
    const common = {
      iss: issuer,
      iat: now,
      exp: now + seconds,
      jti: randomUUID(),
      auth_time: now,
      ...(session && { origin_jti: session.originJti }),
    };
    const scopes = order.scopes.filter((scope) => !(change.access.scopesToSuppress ?? []).includes(scope));
    const access = await server.sign({
      ...changed(
        {
          ...common,
          sub: session ? subOf(session.username) : clientId,
          client_id: clientId,
          token_use: 'access',
          version: 2,
          ...(session && { username: session.username }),
          ...(session?.resource && { aud: session.resource }),
        },
        change.access,
      ),
      scope: [...new Set([...scopes, ...(change.access.scopesToAdd ?? [])])].join(' '),
    });
    const hash = sha256(access).subarray(0, 16).toString('base64url');
    const id =
      session &&
      (await server.sign(
        changed(
          {
            ...attributes,
            ...common,
            aud: clientId,
            token_use: 'id',
            at_hash: hash,
            'cognito:username': session.username,
            ...(order.nonce === undefined ? {} : { nonce: order.nonce }),
          },
          change.id,
        ),
      ));
    return { access_token: access, token_type: 'Bearer', expires_in: seconds, ...(id && { id_token: id }) };
  }

  async function askTrigger(
    order: TokenOrder,
    userAttributes: Readonly<Record<string, string>>,
  ): Promise<{ id: TokenChange; access: TokenChange }> {
    const { trigger } = server;
    const isBackend = order.session === undefined;
    if (trigger === undefined || (isBackend && trigger.version !== '3')) return { id: {}, access: {} };
    const event = {
      version: trigger.version,
      triggerSource: order.source,
      region: 'local',
      userPoolId: POOL,
      userName: order.session?.username ?? order.clientId,
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: order.clientId },
      request: {
        userAttributes,
        groupConfiguration: {},
        scopes: order.scopes,
        ...(order.metadata && { clientMetadata: order.metadata }),
      },
      response: { claimsAndScopeOverrideDetails: null },
    };
    const answered = JSON.parse(JSON.stringify(await trigger.run(JSON.parse(JSON.stringify(event)))));
    const details = answered.response.claimsAndScopeOverrideDetails ?? {};
    return {
      id: details.idTokenGeneration ?? {},
      access: trigger.version === '1' ? {} : (details.accessTokenGeneration ?? {}),
    };
  }

  async function userInfo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const claims = JSON.parse(
      Buffer.from((request.headers.authorization ?? '').split('.')[1] ?? '', 'base64url').toString() || '{}',
    );
    if (
      !String(claims.scope ?? '')
        .split(' ')
        .includes('openid')
    )
      return send(response, 401, { error: 'invalid_token' });
    return send(response, 200, { sub: claims.sub, username: claims.username, ...server.users.get(claims.username) });
  }

  return server;
}

interface TokenChange {
  readonly claimsToAddOrOverride?: Readonly<Record<string, unknown>>;
  readonly claimsToSuppress?: readonly string[];
  readonly scopesToAdd?: readonly string[];
  readonly scopesToSuppress?: readonly string[];
}

function changed(claims: JWTPayload, { claimsToAddOrOverride = {}, claimsToSuppress = [] }: TokenChange): JWTPayload {
  const added = Object.entries(claimsToAddOrOverride).filter(([name]) => !FIXED.includes(name));
  const kept = Object.entries(claims).filter(([name]) => FIXED.includes(name) || !claimsToSuppress.includes(name));
  return Object.fromEntries([...kept, ...added]);
}

function clientFor({ clients }: CognitoServer, form: URLSearchParams, authorization: string | undefined): AppClient {
  const [id, secret] =
    authorization === undefined
      ? [form.get('client_id') ?? '', form.get('client_secret') ?? undefined]
      : Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
          .toString()
          .split(':');
  const client = clients.get(id ?? '');
  if (client === undefined || client.ClientSecret !== secret) throw new Refusal('invalid_client');
  return client;
}

function subOf(username: string): string {
  return sha256(username).toString('hex').slice(0, 32);
}

async function newKey() {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function redirectBack(response: ServerResponse, to: URL): void {
  response.writeHead(302, { location: to.href }).end();
}
