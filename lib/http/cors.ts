import { HttpError } from './errors.ts';
import { isLoopbackOrigin } from './loopback.ts';

/** Headers of answers that pages may read. */
export const EXPOSED_HEADERS = 'ETag, Location, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id';

/** Whose pages may read answers: of a server that checks nobody only those of this machine. */
export type AllowedOrigins = 'any' | 'loopback';

/**
 * CORS headers for a page; none for a request that no page made. No cookies are involved: a page without a token gets
 * no further than anyone else.
 *
 * @throws HttpError 403 for a page from anywhere that is not allowed
 */
export function corsHeaders(origin: string | undefined, allowed: AllowedOrigins): Readonly<Record<string, string>> {
  if (origin === undefined) return {};
  if (allowed === 'loopback' && !isLoopbackOrigin(origin)) {
    throw new HttpError(403, 'Without authorization this server answers pages from this machine only', {
      issue: 'forbidden',
    });
  }
  return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED_HEADERS, Vary: 'Origin' };
}

/** Answer to a preflight, beyond `corsHeaders`. */
export function preflightHeaders(methods: string): Readonly<Record<string, string>> {
  return {
    Allow: `${methods}, OPTIONS`,
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, If-None-Match, Prefer, X-Request-Id',
    'Access-Control-Max-Age': '600',
  };
}
