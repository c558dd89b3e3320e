import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

interface Entry {
  payload: AdapterPayload;
  /** Ms since the epoch. */
  readonly until: number;
}

const SWEEP_EVERY = 200;

/**
 * Keeps the provider's codes, sessions and grants in memory until they expire: a restart signs everybody out, and
 * nothing of it is ever on disk.
 */
export function memoryAdapter(now: () => number = Date.now): AdapterFactory {
  const entries = new Map<string, Entry>();
  let writes = 0;
  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && now() < entry.until ? entry : undefined;
  };
  const search = (model: string, sought: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
    for (const [key, { payload, until }] of entries) {
      if (key.startsWith(`${model}:`) && now() < until && sought(payload)) return payload;
    }
    return undefined;
  };
  return (model): Adapter => ({
    async upsert(id, payload, expiresIn) {
      if (++writes % SWEEP_EVERY === 0) for (const [key, { until }] of entries) if (until <= now()) entries.delete(key);
      entries.set(`${model}:${id}`, {
        payload,
        until: expiresIn ? now() + expiresIn * 1000 : Number.POSITIVE_INFINITY,
      });
    },
    async find(id) {
      return live(`${model}:${id}`)?.payload;
    },
    async findByUid(uid) {
      return search(model, (payload) => payload.uid === uid);
    },
    async findByUserCode(userCode) {
      return search(model, (payload) => payload.userCode === userCode);
    },
    async consume(id) {
      const entry = live(`${model}:${id}`);
      if (entry !== undefined) entry.payload = { ...entry.payload, consumed: Math.floor(now() / 1000) };
    },
    async destroy(id) {
      entries.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of entries) if (payload.grantId === grantId) entries.delete(key);
    },
  });
}
