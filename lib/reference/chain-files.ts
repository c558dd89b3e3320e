import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Assembly } from '../genomics/assembly.ts';
import { type ChainIndex, parseChains } from '../genomics/chain.ts';
import { CannotAnswerError, InvalidInputError, UnavailableError } from '../genomics/errors.ts';
import type { Chains } from '../genomics/ports.ts';
import type { RangedFile } from './ranged-file.ts';

const unzip = promisify(gunzip);

/** A chain file and where it leads. */
export interface ChainFile {
  readonly file: RangedFile;
  readonly from: Assembly;
  readonly to: Assembly;
  readonly release: string;
}

/** Reads a chain file, plain or gzip. @throws InvalidInputError when it is damaged @throws UnavailableError */
export async function readChainFile({ file, from, to }: ChainFile): Promise<ChainIndex> {
  const bytes = await file.read(await file.size(), 0);
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const text = zipped
    ? await unzip(bytes).catch((cause) => {
        throw new InvalidInputError(`${file.name} is damaged: it can't be unpacked`, undefined, { cause });
      })
    : Buffer.from(bytes);
  return parseChains(text.toString('latin1'), from, to);
}

/** Chains of some files, each read when it is first needed and then kept; of two for one direction the first serves. */
export function openChains(files: readonly ChainFile[]): Chains {
  const read = new Map<ChainFile, Promise<ChainIndex>>();
  return {
    release: files.map(({ release }) => release).join(' + '),
    async between(from, to) {
      const file = files.find((one) => one.from === from && one.to === to);
      if (file === undefined) {
        throw new CannotAnswerError(
          `no chains from ${from} to ${to} are loaded; add them with 'genomics reference add --chain FILE --from ${from} --to ${to}'`,
        );
      }
      const index = read.get(file) ?? readChainFile(file).catch(damaged);
      read.set(file, index);
      // A failed read is not kept: the next caller tries again.
      index.catch(() => read.delete(file));
      return index;
    },
  };
}

/** A file that was sound when it was added: its damage is no fault of the caller's. */
function damaged(cause: unknown): never {
  if (!(cause instanceof InvalidInputError)) throw cause;
  throw new UnavailableError(cause.message, undefined, { cause });
}
