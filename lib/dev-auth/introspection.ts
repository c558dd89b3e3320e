import type { IncomingMessage } from 'node:http';
import { formOf } from './body.ts';
import { badRequest, Refusal } from './refusal.ts';
import type { ProviderOptions } from './settings.ts';
import { verifiedToken } from './tokens.ts';

/** What is told of a token that is not good: nothing, not even why (RFC 7662, 2.2). */
const INACTIVE = { active: false } as const;

/** RFC 7662 with SMART's additions, of an access token of this server. */
export async function introspection(token: string, options: ProviderOptions): Promise<object> {
  try {
    return { active: true, token_type: 'Bearer', ...(await verifiedToken(`Bearer ${token}`, options)) };
  } catch (error) {
    if (error instanceof Refusal) return INACTIVE;
    throw error;
  }
}

/**
 * Answers a request that authenticates with an access token in place of a client's own credentials, as SMART lets it: a
 * client learns of its own tokens.
 *
 * @throws Refusal 401 when the access token is not good
 */
export async function introspectionByToken(incoming: IncomingMessage, options: ProviderOptions): Promise<object> {
  const { client_id: asking } = await verifiedToken(incoming.headers.authorization, options);
  const token = (await formOf(incoming)).get('token');
  if (token === null) throw badRequest('token is missing');
  const told = await introspection(token, options);
  return 'client_id' in told && told.client_id === asking ? told : INACTIVE;
}
