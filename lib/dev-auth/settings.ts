import type { Keys } from './keys.ts';
import type { Launches } from './launches.ts';
import type { Directory } from './people.ts';

/** Path of the authorization server beside the FHIR base. */
export const AUTH_PATH = '/auth';
export const ROUTES = {
  authorization: '/authorize',
  token: '/token',
  jwks: '/jwks',
  introspection: '/introspect',
  end_session: '/sign-out',
  userinfo: '/userinfo',
} as const;

/** Seconds. SMART: an access token lives an hour at most, a backend service's five minutes. */
export const LIFETIME = { user: 900, backend: 300, most: 3600 } as const;

/** What goes with a grant beyond its scopes: which record is open. */
export interface GrantContext {
  /** Subject id; undefined when no record is open. */
  readonly patient?: string;
  readonly banner: boolean;
}

export interface ProviderOptions {
  /** Such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** FHIR base URL: the audience of every token. */
  readonly base: string;
  readonly keys: Keys;
  readonly directory: Directory;
  readonly launches: Launches;
  /** By grant id. */
  readonly grants: Map<string, GrantContext>;
  /** Told of failures that are ours to mend. */
  readonly onFault: (error: unknown) => void;
}
