import { authenticateClient } from './client-authentication.ts';
import { OAuthError } from './errors.ts';
import { type FacadeReply, type FacadeRequest, json, required, type Single, single } from './exchange.ts';
import type { Facade, VerifiedClaims } from './ports.ts';
import { type Client, findClient } from './registration.ts';
import { type Context, liveGrant } from './session.ts';

/** Claims told as they are in the token. */
const TOLD = ['scope', 'client_id', 'exp', 'iat', 'iss', 'sub', 'fhirUser'] as const;

interface Active {
  readonly claims: VerifiedClaims;
  readonly client: Client;
  readonly context: Context;
}

/**
 * The introspection endpoint (RFC 7662): whether an access token is good, and what SMART puts beside it. A client may
 * ask about its own tokens; one registered for `introspection`, a resource server, about all. It says who it is with
 * its client authentication or with an access token of its own. Whatever is not active, or none of the asker's
 * business, is `{"active":false}` alone.
 *
 * @throws OAuthError
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html
 */
export async function introspect(facade: Facade, request: FacadeRequest): Promise<FacadeReply> {
  const form = single(request.form);
  const asker = await askerOf(facade, request, form);
  const found = await activeToken(facade, required(form, 'token'));
  if (found === undefined || (asker.introspection !== true && asker.client_id !== found.client.client_id)) {
    return json(200, { active: false });
  }
  const told = TOLD.filter((name) => found.claims[name] !== undefined).map((name) => [name, found.claims[name]]);
  return json(200, { active: true, ...Object.fromEntries(told), token_type: 'Bearer', ...found.context });
}

async function askerOf(facade: Facade, request: FacadeRequest, form: Single): Promise<Client> {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (bearer !== undefined) {
    const found = await activeToken(facade, bearer);
    if (found === undefined || found.client.introspection !== true) {
      throw new OAuthError('invalid_token', 'The access token is not good here', {
        'WWW-Authenticate': 'Bearer error="invalid_token"',
      });
    }
    return found.client;
  }
  const client = await authenticateClient(facade, request, form);
  if (client.token_endpoint_auth_method === 'none') {
    throw new OAuthError('invalid_client', 'A client that can not prove who it is may not ask about tokens');
  }
  return client;
}

/** A token of this pool, of a client still registered, whose grant was not revoked. */
async function activeToken(facade: Facade, token: string): Promise<Active | undefined> {
  const claims = await facade.pool.verify(token, 'access');
  const clientId = claims?.['client_id'];
  if (claims === undefined || typeof clientId !== 'string') return undefined;
  const client = await findClient(facade.items, clientId);
  if (client === undefined) return undefined;
  const grant = claims['grant_id'];
  if (grant === undefined) {
    return client.grant_type === 'client_credentials' ? { claims, client, context: {} } : undefined;
  }
  const context = typeof grant === 'string' ? await liveGrant(facade, grant) : undefined;
  return context === undefined ? undefined : { claims, client, context };
}
