import { type FileHandle, open } from 'node:fs/promises';
import { UnavailableError } from '../genomics/errors.ts';

/** A file that is read in pieces: on the local disk, or anywhere else that has ranged reads. */
export interface RangedFile {
  /** For messages; without folders. */
  readonly name: string;
  /** Up to `length` bytes from `position`; fewer only at the end of the file. @throws UnavailableError */
  read(length: number, position: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Bytes. @throws UnavailableError */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** A file on the local disk, opened at the first read. */
export function localFile(path: string): RangedFile {
  const name = path.slice(path.lastIndexOf('/') + 1);
  let opened: Promise<FileHandle> | undefined;
  const using = async <T>(act: (handle: FileHandle) => Promise<T>): Promise<T> => {
    try {
      opened ??= open(path, 'r');
      return await act(await opened);
    } catch (cause) {
      const failed = opened;
      opened = undefined;
      // What could not be opened need not be closed, and a handle that can't be closed is of no use either.
      await failed?.then((handle) => handle.close()).catch(() => undefined);
      throw new UnavailableError(`the reference file ${name} could not be read`, undefined, { cause });
    }
  };
  return {
    name,
    read: (length, position) =>
      using(async (handle) => {
        const bytes = new Uint8Array(length);
        let filled = 0;
        while (filled < length) {
          const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      }),
    size: () => using(async (handle) => (await handle.stat()).size),
    async close() {
      const handle = await opened?.catch(() => undefined);
      opened = undefined;
      await handle?.close();
    },
  };
}
