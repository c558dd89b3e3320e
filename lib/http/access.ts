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

/**
 * An input whose subject, when it is written as a URL of this server, is written as this server writes it. URLs of other
 * servers stay as they are, and are refused like everything else that is no subject.
 */
export function withOwnSubject<I extends Readonly<Record<string, unknown>>>(input: I, base: string): I {
  const subject = input['subject'];
  const own = `${base}/Patient/`;
  if (typeof subject !== 'string' || !subject.startsWith(own)) return input;
  return { ...input, subject: subject.slice(`${base}/`.length) };
}
