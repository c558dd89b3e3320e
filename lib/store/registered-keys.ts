import { ServiceUnavailableError } from '../cognito/errors.ts';
import type { RegisteredKeys } from '../cognito/ports.ts';
import { getJson } from './cognito-http.ts';

/** Longest time that a key set is used without looking again, whatever its server says. */
const MOST_SECONDS = 300;

/** Reads key sets that clients registered by URL, and keeps each no longer than its `Cache-Control` allows. */
export function registeredKeys(now: () => number): RegisteredKeys {
  const kept = new Map<string, { readonly keys: unknown; readonly until: number }>();
  return async (url) => {
    const known = kept.get(url);
    if (known !== undefined && known.until > now()) return known.keys;
    const { status, body, headers } = await getJson(url);
    if (status !== 200) throw new ServiceUnavailableError("The client's key set");
    kept.set(url, { keys: body, until: now() + secondsOf(headers.get('cache-control') ?? '') });
    return body;
  };
}

function secondsOf(cacheControl: string): number {
  if (/\bno-(store|cache)\b/i.test(cacheControl)) return 0;
  const [, seconds = '0'] = /\bmax-age=(\d{1,9})\b/i.exec(cacheControl) ?? [];
  return Math.min(Number(seconds), MOST_SECONDS);
}
