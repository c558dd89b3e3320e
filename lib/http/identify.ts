import { authenticator } from '../auth/authenticate.ts';
import type { Issuer } from '../auth/issuers.ts';
import { ANYONE, type Caller } from '../auth/principal.ts';
import type { OperationRequest } from './request.ts';

/** Tells who sent a request. @throws AccessError, or UnavailableError when that can't be told now */
export type Identify = (request: OperationRequest) => Promise<Caller>;

/** For a server that checks nobody. */
export const identifyNobody: Identify = async () => ANYONE;

/** By the access token of the request. */
export function identifyByToken(issuers: readonly Issuer[]): Identify {
  const authenticate = authenticator(issuers);
  return async (request) => ({
    kind: 'principal',
    principal: await authenticate(request.headers.get('authorization')),
  });
}
