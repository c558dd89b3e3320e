import type { ObjectStore, ObjectVersion } from './objects.ts';

/** Versions of objects that are to go for good. */
export interface Doomed {
  readonly prefix: string;
  readonly isDoomed: (version: ObjectVersion) => boolean;
}

/** What went. */
export interface Purged {
  readonly keys: ReadonlySet<string>;
  /** Versions of these keys, and markers. */
  readonly versions: number;
}

/** Removals under way at a time. */
const PARALLEL = 16;

/** Whether a version only waits for the end of the time in which it can be had back. */
export const isRemoved = ({ current, bytes }: ObjectVersion): boolean => !current || bytes === undefined;

export async function doomedVersions(
  objects: ObjectStore,
  { prefix, isDoomed }: Doomed,
): Promise<readonly ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for await (const version of objects.versions(prefix)) if (isDoomed(version)) found.push(version);
  return found;
}

/** Removes versions for good. Older ones go first: cut short, it brings none of them back. @throws UnavailableError */
export async function purge(objects: ObjectStore, doomed: Doomed): Promise<Purged> {
  const found = await doomedVersions(objects, doomed);
  for (const isLast of [false, true]) {
    const left = found.filter(({ current }) => current === isLast);
    const worker = async (): Promise<void> => {
      for (let version = left.pop(); version !== undefined; version = left.pop()) await objects.purge(version);
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  }
  return { keys: new Set(found.map(({ key }) => key)), versions: found.length };
}
