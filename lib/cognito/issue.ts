import { OAuthError } from './errors.ts';
import { type Facade, PoolRefusal, type PoolTokens } from './ports.ts';
import type { Session } from './session.ts';
import { keep } from './vault.ts';

/** What the Pre Token Generation trigger is to put into a token, and for whom. */
export interface Ticket {
  readonly client: string;
  /** Absent for a token of the client itself. */
  readonly username?: string;
  readonly scopes: readonly string[];
  readonly patient?: string;
  readonly fhirUser?: string;
  readonly grant?: string;
}

export interface Issued extends PoolTokens {
  readonly scopes: readonly string[];
  /** `nonce` of the id token. */
  readonly idNonce?: unknown;
}

/** From asking Cognito to its asking the trigger. */
const TICKET_SECONDS = 60;

/** Scopes without any right to data that Cognito may insist on. */
const HARMLESS: ReadonlySet<string> = new Set(['openid', 'profile']);

/** Tokens for an app and its person, with what was granted and nothing else. @throws OAuthError */
export async function issueToSession(facade: Facade, session: Session, scopes: readonly string[]): Promise<Issued> {
  const { client, username, fhirUser, context, grant, refreshToken } = session;
  const ticket: Ticket = {
    client,
    username,
    scopes,
    ...(context.patient === undefined ? {} : { patient: context.patient }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
    grant,
  };
  const tokens = await granted(async () =>
    facade.pool.refresh({ clientId: client, refreshToken, ticket: await ticketSecret(facade, ticket) }),
  );
  await checkAccessToken(facade, tokens.accessToken, ticket);
  const idClaims = tokens.idToken === undefined ? undefined : await facade.pool.verify(tokens.idToken, 'id');
  return { ...tokens, scopes, idNonce: idClaims?.['nonce'] };
}

/** A token for a client that acts for itself. @throws OAuthError */
export async function issueToClient(facade: Facade, client: string, scopes: readonly string[]): Promise<PoolTokens> {
  const ticket: Ticket = { client, scopes };
  const tokens = await granted(async () =>
    facade.pool.clientToken({ clientId: client, ticket: await ticketSecret(facade, ticket) }),
  );
  await checkAccessToken(facade, tokens.accessToken, ticket);
  return tokens;
}

function ticketSecret(facade: Facade, ticket: Ticket): Promise<string> {
  return keep(facade, 'ticket', ticket, facade.now() + TICKET_SECONDS);
}

async function granted(ask: () => Promise<PoolTokens>): Promise<PoolTokens> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof PoolRefusal)) throw error;
    throw new OAuthError('invalid_grant', 'The sign-in is over or the account is closed; sign in again');
  }
}

/**
 * What Cognito made has to be what was ordered. Without the trigger, or with one of another version, a token would lack
 * its patient or have scopes that nobody granted: such a token is given to nobody.
 */
async function checkAccessToken({ pool, fhirBase }: Facade, token: string, ticket: Ticket): Promise<void> {
  const claims = await pool.verify(token, 'access');
  const scope = claims?.['scope'];
  const tokens = typeof scope === 'string' ? scope.split(' ') : [];
  const isOrdered =
    claims?.['client_id'] === ticket.client &&
    (claims['aud'] === undefined || claims['aud'] === fhirBase) &&
    claims['patient'] === ticket.patient &&
    claims['fhirUser'] === ticket.fhirUser &&
    claims['grant_id'] === ticket.grant &&
    tokens.every((one) => ticket.scopes.includes(one) || HARMLESS.has(one)) &&
    ticket.scopes.every((one) => tokens.includes(one));
  if (!isOrdered) {
    throw new UnorderedTokenError();
  }
}

/** Cognito made another token than the one ordered. */
class UnorderedTokenError extends Error {
  constructor() {
    super("the token made by Cognito is not the one ordered; is the pool's Pre Token Generation trigger V3_0 there?");
    this.name = 'UnorderedTokenError';
  }
}
