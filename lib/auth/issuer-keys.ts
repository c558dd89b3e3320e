import { FetchError } from 'aws-jwt-verify/error';
import type { Fetcher } from 'aws-jwt-verify/https';

/** How long a set of keys is used before it is asked for again: a revoked key is refused after this. */
const FRESH_MS = 300_000;
/** How long it is used while the issuer can't be reached. SMART wants revocation to work within an hour. */
const USABLE_MS = 3_600_000;
/** How long after a failure nothing is asked, while the old keys are used. */
const RETRY_MS = 30_000;

const FETCH_TIMEOUT_MS = 3_000;
const MAX_JWKS_BYTES = 1_048_576;

/** Gets key sets, over https or from this machine; what is asked of whom is the operator's configuration alone. */
export const jwksFetcher: Fetcher = {
  async fetch(uri) {
    try {
      const response = await fetch(uri, {
        headers: { accept: 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      const bytes = await response.arrayBuffer();
      if (bytes.byteLength > MAX_JWKS_BYTES) throw new Error('larger than a key set');
      return bytes;
    } catch (error) {
      throw new FetchError(uri, error);
    }
  },
};

/** When one issuer's keys were last got, and last not. */
export interface KeyAge {
  /** To be called before each verification: gets the keys anew when they are old. @throws when they are too old */
  refresh(): Promise<void>;
}

/**
 * Keeps keys fresh by time. The verifier alone asks again only when it meets a key it does not know, so that a key
 * taken back by its issuer would be trusted for as long as a container lives.
 *
 * @param load gets the keys and puts them where the verifier looks
 * @param clock milliseconds since 1970
 */
export function keyAge(load: () => Promise<void>, clock: () => number): KeyAge {
  let loaded: number | undefined;
  let failed: number | undefined;
  let loading: Promise<void> | undefined;

  async function reload(): Promise<void> {
    try {
      await load();
      loaded = clock();
      failed = undefined;
    } catch (error) {
      failed = clock();
      if (loaded === undefined || clock() - loaded >= USABLE_MS) throw error;
    } finally {
      loading = undefined;
    }
  }

  return {
    async refresh() {
      const now = clock();
      if (loaded !== undefined && now - loaded < FRESH_MS) return;
      if (loaded !== undefined && now - loaded < USABLE_MS && failed !== undefined && now - failed < RETRY_MS) return;
      loading ??= reload();
      await loading;
    },
  };
}
