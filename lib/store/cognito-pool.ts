import {
  type CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { BACKEND_SCOPE } from '../cognito/deployment.ts';
import { ServiceUnavailableError } from '../cognito/errors.ts';
import { PoolRefusal, type PoolTokens, type UserPool } from '../cognito/ports.ts';
import { TICKET_METADATA } from '../cognito/pre-token.ts';
import { getJson, postForm } from './cognito-http.ts';
import { poolTokenVerifier } from './pool-tokens.ts';

export interface PoolParts {
  readonly client: CognitoIdentityProviderClient;
  /** `iss` of the pool's tokens; its last part is the pool's id. */
  readonly issuer: string;
  /** Base of the pool's domain. */
  readonly domain: string;
  readonly now: () => number;
}

/** A secret that was changed in Cognito is noticed after this long. */
const SECRET_SECONDS = 300;

/** What Cognito answers when it is the person or the token that is at fault. */
const REFUSALS: ReadonlySet<string> = new Set([
  'invalid_grant',
  'NotAuthorizedException',
  'RefreshTokenReuseException',
  'UserNotFoundException',
  'UserNotConfirmedException',
  'PasswordResetRequiredException',
  'UnauthorizedException',
  'UnsupportedTokenTypeException',
]);

/** Answers of the API that another try may change. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'TooManyRequestsException',
  'LimitExceededException',
  'InternalErrorException',
  'ThrottlingException',
]);

/** The user pool by its domain's OAuth endpoints and, where those can't carry a ticket, by its API. */
export function cognitoPool({ client, issuer, domain, now }: PoolParts): UserPool {
  const poolId = issuer.slice(issuer.lastIndexOf('/') + 1);
  const secrets = new Map<string, { readonly secret: string; readonly until: number }>();

  const secretOf = async (clientId: string): Promise<string> => {
    const known = secrets.get(clientId);
    if (known !== undefined && known.until > now()) return known.secret;
    const described = await asked(() =>
      client.send(new DescribeUserPoolClientCommand({ UserPoolId: poolId, ClientId: clientId })),
    );
    const secret = described.UserPoolClient?.ClientSecret;
    if (!secret) throw new Error('the app client has no secret; register it with `genomics clients register`');
    secrets.set(clientId, { secret, until: now() + SECRET_SECONDS });
    return secret;
  };

  const tokenRequest = async (clientId: string, form: Readonly<Record<string, string>>): Promise<PoolTokens> => {
    const basic = Buffer.from(`${clientId}:${await secretOf(clientId)}`).toString('base64');
    const reply = await postForm(`${domain}/oauth2/token`, form, `Basic ${basic}`);
    if (reply.status === 200) return tokensOf(reply.body);
    const code = typeof reply.body['error'] === 'string' ? reply.body['error'] : 'unknown';
    // The secret may have been changed; the next request asks for it anew.
    if (code === 'invalid_client') secrets.delete(clientId);
    throw refusalOf(code);
  };

  return {
    secretOf,
    verify: poolTokenVerifier(issuer, now),

    redeem: ({ clientId, code, verifier, redirectUri }) =>
      tokenRequest(clientId, {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: redirectUri,
        client_id: clientId,
      }),

    clientToken: ({ clientId, ticket }) =>
      tokenRequest(clientId, {
        grant_type: 'client_credentials',
        client_id: clientId,
        // Without a scope Cognito would grant every one that the client has.
        scope: BACKEND_SCOPE,
        aws_client_metadata: JSON.stringify({ [TICKET_METADATA]: ticket }),
      }),

    async userInfo(accessToken) {
      const { status, body } = await getJson(`${domain}/oauth2/userInfo`, `Bearer ${accessToken}`);
      if (status !== 200) throw new PoolRefusal('userInfo');
      return body;
    },

    // The token endpoint hands the trigger no metadata of a refresh; this does.
    async refresh({ clientId, refreshToken, ticket }) {
      const secret = await secretOf(clientId);
      const got = await asked(() =>
        client.send(
          new GetTokensFromRefreshTokenCommand({
            ClientId: clientId,
            ClientSecret: secret,
            RefreshToken: refreshToken,
            ClientMetadata: { [TICKET_METADATA]: ticket },
          }),
        ),
      );
      const { AccessToken, IdToken, RefreshToken, ExpiresIn } = got.AuthenticationResult ?? {};
      return tokensOf({
        access_token: AccessToken,
        id_token: IdToken,
        refresh_token: RefreshToken,
        expires_in: ExpiresIn,
      });
    },

    async revoke({ clientId, refreshToken }) {
      const secret = await secretOf(clientId);
      await asked(() =>
        client.send(new RevokeTokenCommand({ ClientId: clientId, ClientSecret: secret, Token: refreshToken })),
      );
    },
  };
}

function tokensOf(body: Readonly<Record<string, unknown>>): PoolTokens {
  const [accessToken, idToken, refreshToken] = ['access_token', 'id_token', 'refresh_token'].map((name) => body[name]);
  const expiresIn = body['expires_in'];
  if (typeof accessToken !== 'string' || typeof expiresIn !== 'number') throw new Error('Cognito gave no access token');
  return {
    accessToken,
    expiresIn,
    ...(typeof idToken === 'string' ? { idToken } : {}),
    ...(typeof refreshToken === 'string' ? { refreshToken } : {}),
  };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : '';
    const isAnswer = cause instanceof Error && '$fault' in cause;
    if (!isAnswer || cause.$fault === 'server' || TRANSIENT.has(name)) {
      throw new ServiceUnavailableError('The user pool', { cause });
    }
    throw refusalOf(name);
  }
}

/** A refusal of the person's, or a fault in how this façade is set up. */
function refusalOf(code: string): Error {
  if (REFUSALS.has(code)) return new PoolRefusal(code);
  return Object.assign(new Error('Cognito refuses how the façade asks'), {
    name: 'CognitoError',
    code: /^\w{1,64}$/.test(code) ? code : 'unknown',
  });
}
