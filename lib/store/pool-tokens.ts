import { JwtVerifier } from 'aws-jwt-verify';
import { JwksValidationError, JwtBaseError, WaitPeriodNotYetEndedJwkError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { ServiceUnavailableError } from '../cognito/errors.ts';
import type { UserPool, VerifiedClaims } from '../cognito/ports.ts';
import { getJson } from './cognito-http.ts';

/** A key that the pool no longer publishes is refused after this. */
const KEYS_SECONDS = 300;

/**
 * Verifies the tokens of a user pool by the keys that it publishes, read when a token has a key not seen yet and when
 * they are old.
 *
 * @param now seconds since 1970
 */
export function poolTokenVerifier(issuer: string, now: () => number): UserPool['verify'] {
  const jwksUri = `${issuer}/.well-known/jwks.json`;
  const jwksCache = new SimpleJwksCache({
    fetcher: {
      fetch: async (url) => new TextEncoder().encode(JSON.stringify((await getJson(url)).body)).buffer,
    },
  });
  const verifier = JwtVerifier.create({ issuer, audience: null, jwksUri, customJwtCheck: checkShape }, { jwksCache });
  let read: number | undefined;
  return async (token, use) => {
    try {
      read ??= now();
      if (read + KEYS_SECONDS <= now()) {
        // Through the verifier, which forgets what it made of earlier keys.
        verifier.cacheJwks(await jwksCache.getJwks(jwksUri));
        read = now();
      }
      const claims = await verifier.verify(token);
      return claims['token_use'] === use ? (claims as VerifiedClaims) : undefined;
    } catch (cause) {
      // Whether the token is good is not known then.
      if (cause instanceof WaitPeriodNotYetEndedJwkError || cause instanceof JwksValidationError) {
        throw new ServiceUnavailableError('The key set of the user pool', { cause });
      }
      if (cause instanceof JwtBaseError) return undefined;
      throw cause;
    }
  };
}

/** What the library lets through and Cognito never makes: no end, other algorithms, extensions not understood. */
function checkShape({
  header,
  payload,
}: {
  readonly header: { readonly alg?: unknown; readonly crit?: unknown };
  readonly payload: { readonly exp?: unknown };
}): void {
  if (header.alg !== 'RS256' || header.crit !== undefined || typeof payload.exp !== 'number') {
    throw new NotOfThisPoolError('the token is not shaped like those of the pool');
  }
}

class NotOfThisPoolError extends JwtBaseError {}
