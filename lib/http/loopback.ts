import { HttpError } from './errors.ts';

/** Names of this machine for itself. */
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether an address to listen on is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host === '::1';
}

/**
 * Refuses requests that reached this server under another name than a loopback one with its own port: a page of a
 * foreign site can make its own name resolve to 127.0.0.1, but can't make the browser send another Host.
 *
 * @throws HttpError 421
 */
export function checkHost(host: string | undefined, port: number): void {
  const [, name = '', sentPort = '80'] = /^(.*?)(?::(\d+))?$/.exec(host ?? '') ?? [];
  if (LOOPBACK.has(name.toLowerCase()) && Number(sentPort) === port) return;
  throw new HttpError(421, 'This server answers only to 127.0.0.1, localhost and [::1], with its own port', {
    issue: 'forbidden',
  });
}

/**
 * CORS headers for a page of this machine; none for a request that no page made.
 *
 * @throws HttpError 403 for a page from anywhere else
 */
export function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  if (origin === undefined) return {};
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || !LOOPBACK.has(url.hostname)) {
    throw new HttpError(403, 'Without authorization this server answers pages from this machine only', {
      issue: 'forbidden',
    });
  }
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'ETag, Retry-After, Server-Timing, X-Request-Id',
    Vary: 'Origin',
  };
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
