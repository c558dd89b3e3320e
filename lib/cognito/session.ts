import type { SignIn } from './authorize.ts';
import type { Person } from './patient-choice.ts';
import { type Facade, PoolRefusal } from './ports.ts';
import { forget, keep, look } from './vault.ts';

/** Launch context by the names of the token response. */
export interface Context {
  readonly patient?: string;
  readonly need_patient_banner?: boolean;
  readonly encounter?: string;
  readonly intent?: string;
}

/** A person is known, a patient perhaps not yet. */
export interface SignedIn {
  readonly signIn: SignIn;
  readonly person: Person;
  /** Cognito's, which no app ever sees. */
  readonly refreshToken: string;
  /** Cognito's of the sign-in, when the app sent a nonce, which later ones lack. */
  readonly idToken?: string;
}

/** What an app was granted by a person. */
export interface Session {
  readonly client: string;
  readonly username: string;
  readonly fhirUser?: string;
  readonly scopes: readonly string[];
  readonly context: Context;
  /** Names the grant in the table and in access tokens. */
  readonly grant: string;
  readonly refreshToken: string;
  /** Seconds since 1970, when Cognito's refresh token ends, or the one access token. */
  readonly ends: number;
}

export interface CodeGrant {
  readonly session: Session;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce?: string;
  readonly idToken?: string;
  /** Seconds since 1970. */
  readonly good: number;
}

/** As long as the app clients' refresh tokens. */
export const REFRESH_DAYS = 30;
/** As long as the app clients' access tokens may live. */
export const ACCESS_SECONDS = 3_600;
const CODE_SECONDS = 60;

/** Begins a grant and returns the app's code for it. */
export async function openSession(facade: Facade, signedIn: SignedIn, context: Context): Promise<string> {
  const { signIn, person, refreshToken, idToken } = signedIn;
  const now = facade.now();
  const isOffline = signIn.scopes.includes('offline_access');
  const ends = now + (isOffline ? REFRESH_DAYS * 86_400 : CODE_SECONDS + ACCESS_SECONDS);
  const grant = await keep(facade, 'grant', context, ends);
  const code: CodeGrant = {
    session: {
      client: signIn.client,
      username: person.username,
      ...(person.fhirUser === undefined ? {} : { fhirUser: person.fhirUser }),
      scopes: signIn.scopes,
      context,
      grant,
      refreshToken,
      ends,
    },
    redirectUri: signIn.redirectUri,
    challenge: signIn.challenge,
    ...(signIn.nonce === undefined ? {} : { nonce: signIn.nonce }),
    ...(idToken === undefined ? {} : { idToken }),
    good: now + CODE_SECONDS,
  };
  // Kept for longer than it is good, so that a replay is noticed.
  return keep(facade, 'code', code, now + CODE_SECONDS + ACCESS_SECONDS);
}

/** The context of a grant that is neither over nor revoked. */
export async function liveGrant(facade: Facade, grant: string): Promise<Context | undefined> {
  return (await look<Context>(facade, 'grant', grant))?.value;
}

/** Ends a grant here, where refreshing and introspection ask, and at Cognito. */
export async function revokeSession(facade: Facade, { client, grant, refreshToken }: Session): Promise<void> {
  await revokeGrant(facade, grant);
  try {
    await facade.pool.revoke({ clientId: client, refreshToken });
  } catch (error) {
    // Over already as far as Cognito is concerned.
    if (!(error instanceof PoolRefusal)) throw error;
  }
}

export async function revokeGrant(facade: Pick<Facade, 'items'>, grant: string): Promise<void> {
  await forget(facade, 'grant', grant);
}
