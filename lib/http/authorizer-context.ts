import { InvalidTokenError, LoginRequiredError } from '../auth/errors.ts';
import type { Caller, Principal } from '../auth/principal.ts';

/**
 * Name of the one value an authorizer hands to an operation: a `Principal` as JSON, because API Gateway passes texts
 * and no objects.
 */
const KEY = 'principal';

/**
 * What an operation gets of a principal: nothing that it does not need, so less than the token was. Tokens are at most
 * 8 KB, and API Gateway passes at least that much.
 */
export function authorizerContext(principal: Principal, scopes: readonly string[]): Readonly<Record<string, string>> {
  return { [KEY]: JSON.stringify({ ...principal, scopes }) };
}

/**
 * Who the authorizer found to be asking. Calls that went around the API carry nothing of the kind.
 *
 * @param now milliseconds since 1970
 * @throws LoginRequiredError, InvalidTokenError when the token has expired since
 */
export function callerOf(context: unknown, now: number): Caller {
  const text = isObject(context) ? context[KEY] : undefined;
  if (typeof text !== 'string') throw new LoginRequiredError();
  const principal: unknown = JSON.parse(text);
  if (!isPrincipal(principal)) throw new LoginRequiredError();
  if (principal.expires * 1000 <= now) throw new InvalidTokenError('has expired', 'expired');
  return { kind: 'principal', principal };
}

/** Our own authorizer wrote it, so its form is looked at only as far as a decision rests on it. */
function isPrincipal(value: unknown): value is Principal {
  return (
    isObject(value) &&
    typeof value['issuer'] === 'string' &&
    typeof value['machine'] === 'boolean' &&
    typeof value['expires'] === 'number' &&
    Array.isArray(value['scopes']) &&
    value['scopes'].every((scope) => typeof scope === 'string')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
