import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkKey, type ObjectInfo, type ObjectReference, type ObjectStore, unreadable, unstored } from './objects.ts';

/** Marks files that are being written; they are no objects yet. */
const UNFINISHED = '.unfinished-';

/** Objects as files of a folder: the key is the path. The folder is made when the first object is published. */
export function localObjects(folder: string): ObjectStore {
  const pathOf = (key: string): string => join(folder, checkKey(key));
  const remove = async (key: string): Promise<void> => {
    try {
      await rm(pathOf(key), { force: true });
    } catch (cause) {
      throw unreadable(key, 'cannot be removed', cause);
    }
  };
  return {
    publish: (path, key) => publish(path, pathOf(key), key),

    async materialise(objects) {
      const paths = await Promise.all(objects.map((object) => checkedPath(pathOf(object.key), object)));
      return { paths, release: () => {} };
    },

    range: (object, start, length) => readRange(pathOf(object.key), object, start, length),

    async head(key) {
      const found = await statOrAbsent(pathOf(key), key);
      return found === undefined ? undefined : { key, bytes: found.size, modified: found.mtime };
    },

    list: (prefix) => list(folder, prefix),

    remove,

    keepsVersions: false,

    async *versions(prefix) {
      for await (const object of list(folder, prefix)) yield { ...object, current: true };
    },

    async *read({ key }) {
      try {
        for await (const piece of createReadStream(pathOf(key))) yield piece as Buffer;
      } catch (cause) {
        throw unreadable(key, 'cannot be read', cause);
      }
    },

    purge: ({ key }) => remove(key),
  };
}

async function checkedPath(path: string, { key, bytes }: ObjectReference): Promise<string> {
  const found = await statOrAbsent(path, key);
  if (found === undefined) throw unreadable(key, 'is missing');
  if (found.size !== bytes) throw unreadable(key, `has ${found.size} bytes, not ${bytes}`);
  return path;
}

async function readRange(
  path: string,
  { key, bytes }: ObjectReference,
  start: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size !== bytes) throw new Error(`has ${size} bytes, not ${bytes}`);
    const into = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await file.read(into, filled, length - filled, start + filled);
      if (bytesRead === 0) throw new Error(`ends before byte ${start + length}`);
      filled += bytesRead;
    }
    return into;
  } catch (cause) {
    throw unreadable(key, 'cannot be read in part', cause);
  }
}

async function statOrAbsent(path: string, key: string) {
  try {
    return await stat(path);
  } catch (cause) {
    if (isAbsence(cause)) return undefined;
    throw unreadable(key, 'cannot be looked up', cause);
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** A reader sees the whole file or none: rename is atomic, and both file and folder reach the disk first. */
async function publish(path: string, target: string, key: string): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    await sync(path);
    await rename(path, target).catch(async (error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
      await moveAcrossDisks(path, target);
    });
    await sync(dirname(target));
  } catch (cause) {
    throw unstored(key, cause);
  }
}

async function moveAcrossDisks(path: string, target: string): Promise<void> {
  const unfinished = join(dirname(target), `${UNFINISHED}${randomBytes(8).toString('hex')}`);
  await copyFile(path, unfinished);
  await sync(unfinished);
  await rename(unfinished, target);
  await rm(path);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* list(folder: string, prefix: string): AsyncGenerator<ObjectInfo> {
  // The deepest whole folder of the prefix; the rest of the prefix is compared by text.
  const root = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  for await (const key of walk(folder, root)) {
    if (!key.startsWith(prefix)) continue;
    const found = await statOrAbsent(join(folder, key), key);
    if (found !== undefined) yield { key, bytes: found.size, modified: found.mtime };
  }
}

async function* walk(folder: string, under: string): AsyncGenerator<string> {
  const entries = await readdir(join(folder, under), { withFileTypes: true }).catch((cause: unknown) => {
    if (isAbsence(cause)) return [];
    throw unreadable(under, 'cannot be listed', cause);
  });
  for (const entry of entries) {
    if (entry.isDirectory()) yield* walk(folder, `${under}${entry.name}/`);
    else yield `${under}${entry.name}`;
  }
}
