import { LoginRequiredError, MalformedCredentialsError } from './errors.ts';

/** A b64token of RFC 6750, 2.1. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The token of an `Authorization` header, of which there may be one. A token anywhere else, such as `?access_token=`,
 * is not looked at: URLs end up in logs.
 *
 * @throws LoginRequiredError when there is no header or it is of another scheme
 * @throws MalformedCredentialsError for a Bearer header that is not one token
 */
export function bearerToken(header: string | undefined): string {
  if (header === undefined || !/^bearer\b/i.test(header)) throw new LoginRequiredError();
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) throw new MalformedCredentialsError();
  return token;
}
