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

/** Whether a page comes from this machine. */
export function isLoopbackOrigin(origin: string): boolean {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && LOOPBACK.has(url.hostname);
}
