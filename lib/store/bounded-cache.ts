/** A map that forgets what was used longest ago once the sizes of its values exceed a limit. */
export interface BoundedCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** @param limit greatest sum of `sizeOf` over the kept values; a value larger than that is not kept */
export function boundedCache<V>(limit: number, sizeOf: (value: V) => number): BoundedCache<V> {
  // A Map gives its keys in the order of insertion: the first one was used longest ago.
  const kept = new Map<string, V>();
  let size = 0;
  const forget = (key: string): void => {
    const value = kept.get(key);
    if (value === undefined) return;
    kept.delete(key);
    size -= sizeOf(value);
  };
  return {
    get(key) {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    set(key, value) {
      forget(key);
      if (sizeOf(value) > limit) return;
      kept.set(key, value);
      size += sizeOf(value);
      for (const oldest of kept.keys()) {
        if (size <= limit) break;
        forget(oldest);
      }
    },
  };
}
