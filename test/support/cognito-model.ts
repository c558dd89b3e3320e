import { randomBytes } from 'node:crypto';
import type { JWTPayload } from 'jose';

/**
 * A stand-in for an Amazon Cognito user pool that does what its developer guide and API reference say: the OAuth
 * endpoints of a pool's domain, the key set, the API operations that the façade uses, and the Pre Token Generation
 * trigger. People sign in by being named in `signedIn`.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
 */
export interface CognitoServer {
  /** The pool's domain and API endpoint. */
  readonly url: string;
  readonly issuer: string;
  readonly clients: Map<string, AppClient>;
  /** App clients that managed login has pages for. */
  readonly branded: Set<string>;
  readonly users: Map<string, Readonly<Record<string, string>>>;
  /** Who has a session in the browser; undefined = the sign-in is cancelled. */
  signedIn: string | undefined;
  trigger: { readonly version: '1' | '2' | '3'; readonly run: (event: object) => Promise<unknown> } | undefined;
  /** Publishes and signs with another key from now on. */
  rotateKey(): Promise<void>;
  /** While true every answer is 503. */
  down: boolean;
  /** What was asked, as method and path or operation. */
  readonly requests: string[];
  /** Whether refresh tokens are new with every use. */
  rotation: boolean;
  /** Refresh tokens in force. */
  readonly refreshTokens: Map<string, PoolSession>;
  /** Makes a token with the pool's key. */
  sign(claims: JWTPayload): Promise<string>;
  close(): Promise<void>;
}

/** The parts of `UserPoolClientType` that matter here. */
export interface AppClient {
  readonly ClientId: string;
  readonly ClientSecret: string | undefined;
  readonly AllowedOAuthFlows: readonly string[];
  readonly AllowedOAuthScopes: readonly string[];
  readonly CallbackURLs?: readonly string[];
  readonly AccessTokenValidity: number;
}

export interface PoolSession {
  readonly clientId: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly resource: string | undefined;
  readonly originJti: string;
}

export interface TokenOrder {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly source: string;
  readonly session?: PoolSession;
  readonly nonce?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Begins a refresh token of a session. */
export function newRefreshToken({ refreshTokens }: CognitoServer, session: PoolSession): string {
  const text = randomBytes(48).toString('base64url');
  const { clientId, username, scopes, resource, originJti } = session;
  refreshTokens.set(text, { clientId, username, scopes, resource, originJti });
  return text;
}
