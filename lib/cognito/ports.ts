/** An item of the façade's own table. */
export interface StoredItem {
  readonly id: string;
  readonly body: string;
  /** Seconds since 1970, after which the item counts for nothing; absent = for ever. */
  readonly expires?: number;
  /** Whether its one use is over. */
  readonly used?: boolean;
}

/** The façade's own table. Every read is strongly consistent. @throws ServiceUnavailableError */
export interface Items {
  get(id: string): Promise<StoredItem | undefined>;
  /** False when an item of this id, not yet expired at `now`, is there. */
  add(item: StoredItem, now: number): Promise<boolean>;
  put(item: StoredItem): Promise<void>;
  /** False when the item was used before or is not there: of several callers at once exactly one is told true. */
  use(id: string): Promise<boolean>;
  remove(id: string): Promise<void>;
}

export interface PoolTokens {
  readonly accessToken: string;
  readonly idToken?: string;
  readonly refreshToken?: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** Claims of a token whose signature, issuer, expiry and use were verified. */
export type VerifiedClaims = Readonly<Record<string, unknown>> & { readonly exp: number };

/**
 * The Cognito user pool behind the façade.
 *
 * @throws PoolRefusal when Cognito answers that it won't; ServiceUnavailableError when it doesn't answer
 */
export interface UserPool {
  /** Exchanges the code of a sign-in. */
  redeem(request: {
    readonly clientId: string;
    readonly code: string;
    readonly verifier: string;
    readonly redirectUri: string;
  }): Promise<PoolTokens>;
  /** The attributes of the user whom an access token with `openid` is about. */
  userInfo(accessToken: string): Promise<Readonly<Record<string, unknown>>>;
  /** New tokens of a signed-in user; the Pre Token Generation trigger is handed the ticket. */
  refresh(request: {
    readonly clientId: string;
    readonly refreshToken: string;
    readonly ticket: string;
  }): Promise<PoolTokens>;
  /** An access token of a client itself; the trigger is handed the ticket. */
  clientToken(request: { readonly clientId: string; readonly ticket: string }): Promise<PoolTokens>;
  /** Ends a refresh token, and what Cognito itself accepts of the tokens made with it. */
  revoke(request: { readonly clientId: string; readonly refreshToken: string }): Promise<void>;
  /** The secret that Cognito keeps for an app client. */
  secretOf(clientId: string): Promise<string>;
  /** The claims of a token of this pool; undefined when it is none or no longer good. */
  verify(token: string, use: 'access' | 'id'): Promise<VerifiedClaims | undefined>;
}

/** Cognito's own refusal, by the name it gives it. */
export class PoolRefusal extends Error {
  /** `invalid_grant`, `NotAuthorizedException` ... */
  readonly code: string;

  constructor(code: string) {
    super(`Cognito refused: ${code}`);
    this.name = 'PoolRefusal';
    this.code = code;
  }
}

/** Gets the key set that a client registered by URL. @throws ServiceUnavailableError */
export type RegisteredKeys = (url: string) => Promise<unknown>;

/** Everything the façade answers with. */
export interface Facade {
  /** The FHIR base, which `aud` has to be; without a slash at the end. */
  readonly fhirBase: string;
  /** Where the façade's endpoints are; without a slash at the end. */
  readonly authBase: string;
  /** Base of the user pool's domain, where people sign in. */
  readonly poolDomain: string;
  readonly items: Items;
  readonly pool: UserPool;
  readonly registeredKeys: RegisteredKeys;
  /** Seconds since 1970. */
  readonly now: () => number;
}
