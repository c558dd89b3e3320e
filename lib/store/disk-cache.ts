import { rm } from 'node:fs/promises';
import type { LocalCopies, ObjectReference } from './objects.ts';

export interface DiskCacheOptions {
  /** Greatest sum of the copies' sizes, asked once. Copies in use are never removed, even beyond it. */
  readonly limit: () => Promise<number>;
  /** Brings an object to the disk, whole or not at all, and gives its path: a new one each time. */
  readonly fetch: (object: ObjectReference) => Promise<string>;
}

/** Copies of objects on the local disk; what was used longest ago goes first. */
export interface DiskCache {
  borrow(objects: readonly ObjectReference[]): Promise<LocalCopies>;
}

interface Copy {
  readonly key: string;
  readonly bytes: number;
  /** Resolves to the path when the copy is there. One fetch serves all who ask meanwhile. */
  readonly path: Promise<string>;
  borrowers: number;
}

/** Objects fetched at a time: S3 answers each in tens of milliseconds. */
const PARALLEL_FETCHES = 16;

export function diskCache({ limit, fetch }: DiskCacheOptions): DiskCache {
  // A Map gives its keys in the order of insertion: the first one was used longest ago.
  const copies = new Map<string, Copy>();
  let bytes = 0;
  let greatest: Promise<number> | undefined;

  return {
    async borrow(objects) {
      const borrowed: Copy[] = [];
      const release = (): void => {
        for (const copy of borrowed.splice(0)) copy.borrowers--;
      };
      const left = [...objects.entries()];
      const paths: string[] = [];
      const worker = async (): Promise<void> => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          const copy = take(next[1]);
          borrowed.push(copy);
          paths[next[0]] = await copy.path;
        }
      };
      try {
        const workers = Array.from({ length: Math.min(PARALLEL_FETCHES, objects.length) }, worker);
        // All of them have stopped before anything is given back, be it because one has failed.
        const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
        if (failed?.status === 'rejected') throw failed.reason;
        greatest ??= limit();
        await evict(await greatest);
        return { paths, release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };

  function take(object: ObjectReference): Copy {
    const known = copies.get(object.key);
    if (known !== undefined) {
      copies.delete(known.key);
      copies.set(known.key, known);
      known.borrowers++;
      return known;
    }
    const copy: Copy = { key: object.key, bytes: object.bytes, borrowers: 1, path: fetch(object) };
    copy.path.catch(() => forget(copy));
    copies.set(copy.key, copy);
    bytes += copy.bytes;
    return copy;
  }

  function forget(copy: Copy): void {
    if (copies.get(copy.key) !== copy) return;
    copies.delete(copy.key);
    bytes -= copy.bytes;
  }

  async function evict(most: number): Promise<void> {
    for (const copy of [...copies.values()]) {
      if (bytes <= most) return;
      if (copy.borrowers > 0) continue;
      forget(copy);
      await rm(await copy.path, { force: true });
    }
  }
}
