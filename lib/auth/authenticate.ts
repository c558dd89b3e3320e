import { JwtVerifier } from 'aws-jwt-verify';
import {
  FetchError,
  JwksValidationError,
  JwkValidationError,
  JwtBaseError,
  JwtExpiredError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { UnavailableError } from '../genomics/errors.ts';
import { bearerToken } from './bearer.ts';
import { InvalidTokenError } from './errors.ts';
import { jwksFetcher, keyAge } from './issuer-keys.ts';
import type { Issuer } from './issuers.ts';
import type { Principal } from './principal.ts';
import { checkAccessToken, principalOf } from './token-checks.ts';
import { checkTokenText } from './token-text.ts';

/**
 * Tells who sent an `Authorization` header.
 *
 * @throws LoginRequiredError, MalformedCredentialsError, InvalidTokenError
 * @throws UnavailableError when the issuer's keys can't be got, which says nothing about the token
 */
export type Authenticate = (header: string | undefined) => Promise<Principal>;

/**
 * Makes an authenticator of issuers; without any it accepts no token. Nothing is fetched before the first token comes.
 *
 * @param clock milliseconds since 1970
 */
export function authenticator(issuers: readonly Issuer[], clock: () => number = Date.now): Authenticate {
  const verifiers = new Map(issuers.map((issuer) => [issuer.issuer, verifierOf(issuer, clock)]));
  return async (header) => {
    const token = bearerToken(header);
    try {
      checkTokenText(token);
      const verify = verifiers.get(decomposeUnverifiedJwt(token).payload.iss ?? '');
      if (verify === undefined) throw new InvalidTokenError('is of no issuer that is trusted');
      return await verify(token);
    } catch (error) {
      throw failure(error);
    }
  };
}

function verifierOf(issuer: Issuer, clock: () => number): (token: string) => Promise<Principal> {
  const cache = new SimpleJwksCache({ fetcher: jwksFetcher });
  const jwksUri = 'uri' in issuer.keys ? issuer.keys.uri : 'inline:';
  const verifier = JwtVerifier.create(
    {
      issuer: issuer.issuer,
      jwksUri,
      // Which of audience and client has to be there depends on the token; checkAccessToken sees to it.
      audience: null,
      customJwtCheck: (signed) => checkAccessToken(signed, issuer, clock()),
    },
    { jwksCache: cache },
  );
  if ('jwks' in issuer.keys) {
    verifier.cacheJwks(issuer.keys.jwks);
    return async (token) => principalOf(verifier.verifySync(token), issuer);
  }
  const age = keyAge(async () => {
    // Put back through the verifier, which forgets what it made of earlier keys.
    verifier.cacheJwks(await cache.getJwks(jwksUri));
  }, clock);
  return async (token) => {
    await age.refresh();
    return principalOf(await verifier.verify(token), issuer);
  };
}

/** Failures of the issuer are ours to mend and say nothing about the token; all others are the token's. */
function failure(error: unknown): unknown {
  if (
    error instanceof FetchError ||
    error instanceof JwksValidationError ||
    error instanceof JwkValidationError ||
    error instanceof WaitPeriodNotYetEndedJwkError
  ) {
    return new UnavailableError('Tokens can not be checked now', undefined, { cause: error });
  }
  if (error instanceof JwtExpiredError) return new InvalidTokenError('has expired', 'expired');
  if (error instanceof JwtBaseError) return new InvalidTokenError(`fails with ${error.constructor.name}`);
  if (isSignatureFault(error)) return new InvalidTokenError('has a malformed signature');
  return error;
}

/** Node throws where a signature has not the length of its key or the key not the kind of its algorithm. */
function isSignatureFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_CRYPTO_OPERATION_FAILED' || code === 'ERR_CRYPTO_UNSUPPORTED_OPERATION';
}
