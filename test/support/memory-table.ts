import type { Item, Table } from '../../lib/store/table.ts';

/** The table over a Map, for tests of what is kept in it. */
export function memoryTable(): Table {
  const items = new Map<string, Item>();
  const keyOf = ({ pk, sk }: Pick<Item, 'pk' | 'sk'>): string => `${pk}\u0000${sk}`;
  const inOrder = (): readonly Item[] => [...items.values()].toSorted((a, b) => (a.sk < b.sk ? -1 : 1));
  return {
    get: async (key) => items.get(keyOf(key)),
    getAll: async (keys) => keys.flatMap((key) => items.get(keyOf(key)) ?? []),
    query: async (pk, prefix = '') => inOrder().filter((item) => item.pk === pk && item.sk.startsWith(prefix)),
    page: async (pk, limit, after = '') =>
      inOrder()
        .filter((item) => item.pk === pk && item.sk > after)
        .slice(0, limit),
    async putIf(item, { version }) {
      if (items.get(keyOf(item))?.['version'] !== version) return false;
      items.set(keyOf(item), item);
      return true;
    },
    async putAll(all) {
      for (const item of all) items.set(keyOf(item), item);
    },
    async count(key, period, limit) {
      const item = items.get(keyOf(key));
      const used = item?.['period'] === period ? Number(item['used']) : 0;
      if (used >= limit) return false;
      items.set(keyOf(key), { ...key, period, used: used + 1 });
      return true;
    },
    async removeAll(keys) {
      for (const key of keys) items.delete(keyOf(key));
    },
    async *scan() {
      yield* inOrder();
    },
  };
}
