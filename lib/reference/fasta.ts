import { BgzipIndexedFasta, IndexedFasta } from '@gmod/indexedfasta';
import { InvalidInputError, UnavailableError } from '../genomics/errors.ts';
import { type FastaRecord, indexBgzf, indexFasta } from './fasta-index.ts';
import type { RangedFile } from './ranged-file.ts';
import type { SequenceReader } from './sequence-reader.ts';

/** What must be known of a FASTA file to read it in pieces; JSON. */
export interface FastaIndex {
  readonly records: readonly FastaRecord[];
  /** bgzip's `.gzi` in base64; absent for a plain file. */
  readonly gzi?: string;
}

/**
 * Opens a FASTA file, plain or BGZF-compressed. Its index is made by reading the file once, unless the one that was
 * made before is given; index files beside it are not trusted, since a stale one gives wrong bases without an error.
 *
 * @throws InvalidInputError when it is no FASTA, is compressed by plain gzip, or has lines of unequal length.
 * @throws UnavailableError when it can't be read.
 */
export async function openFasta(file: RangedFile, index?: FastaIndex): Promise<SequenceReader> {
  try {
    return openIndexed(file, index ?? (await makeFastaIndex(file)));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads a whole FASTA file. @throws as {@link openFasta} does */
export async function makeFastaIndex(file: RangedFile): Promise<FastaIndex> {
  const start = await file.read(18, 0);
  const gzip = start[0] === 0x1f && start[1] === 0x8b;
  const blocked = gzip && ((start[3] ?? 0) & 4) !== 0 && start[12] === 0x42 && start[13] === 0x43;
  if (gzip && !blocked) {
    throw new InvalidInputError(
      `${file.name} is compressed by gzip, which can't be read in pieces; use bgzip, or unpack it`,
    );
  }
  const bgzf = blocked ? await indexBgzf(file) : undefined;
  const records = await indexFasta(file, bgzf);
  return bgzf === undefined ? { records } : { records, gzi: bgzf.gzi.toString('base64') };
}

function openIndexed(file: RangedFile, { records, gzi }: FastaIndex): SequenceReader {
  const fasta = handle(file);
  const fai = inMemory(Buffer.from(faiText(records)));
  const reader =
    gzi === undefined
      ? new IndexedFasta({ fasta, fai })
      : new BgzipIndexedFasta({ fasta, fai, gzi: inMemory(Buffer.from(gzi, 'base64')) });
  return {
    file: file.name,
    entries: records,
    async read(name, from, to) {
      const bases = await reader.getSequence(name, from, to);
      if (bases?.length === to - from) return bases;
      throw new UnavailableError(`${file.name} gave ${bases?.length ?? 'no'} bases for ${name}:${from}-${to}`);
    },
    close: () => file.close(),
  };
}

function faiText(records: readonly FastaRecord[]): string {
  return records
    .map(({ name, length, offset, lineBases, lineBytes }) => [name, length, offset, lineBases, lineBytes].join('\t'))
    .join('\n');
}

type Handle = NonNullable<ConstructorParameters<typeof IndexedFasta>[0]['fasta']>;

/** The library's file interface over ours. */
function handle(file: RangedFile): Handle {
  const readFile = async () => file.read(await file.size(), 0);
  return {
    read: (length, position) => file.read(length, position),
    readFile: readFile as Handle['readFile'],
    stat: async () => ({ size: await file.size() }),
    close: () => file.close(),
  };
}

function inMemory(bytes: Buffer): Handle {
  const copy = new Uint8Array(bytes);
  const name = 'index';
  return handle({
    name,
    read: async (length, position) => copy.subarray(position, position + length),
    size: async () => copy.length,
    close: async () => undefined,
  });
}
