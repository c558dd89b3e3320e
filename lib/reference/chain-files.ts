import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Assembly } from '../genomics/assembly.ts';
import { type ChainIndex, parseChains } from '../genomics/chain.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type { RangedFile } from './ranged-file.ts';

const unzip = promisify(gunzip);

/** A chain file and where it leads. */
interface ChainFile {
  readonly file: RangedFile;
  readonly from: Assembly;
  readonly to: Assembly;
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
