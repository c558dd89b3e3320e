import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { Assembly } from '../genomics/assembly.ts';
import type { Blocks, ChainIndex, ChainTarget } from '../genomics/chain.ts';
import { UnavailableError } from '../genomics/errors.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The columns of a sequence's blocks, in the order in which they are stored. */
const COLUMNS = ['starts', 'ends', 'reach', 'targets', 'chains'] as const satisfies readonly (keyof Blocks)[];

/** What stands before the columns, as JSON. */
interface Header {
  readonly from: Assembly;
  readonly to: Assembly;
  /** Accession and number of blocks, in the order of the columns. */
  readonly sequences: readonly (readonly [accession: string, blocks: number])[];
  readonly chains: readonly ChainTarget[];
}

/**
 * Chains ready for look-ups as bytes (zstd): length of the header (4 bytes), header, columns of 32-bit integers, all
 * little-endian. Parsing hg38ToHg19 takes 0.8 s, which every start of a function would wait for; unpacking this, 20 ms.
 */
export async function packChains({ from, to, blocks, chains }: ChainIndex): Promise<Buffer> {
  const sequences = [...blocks].map(([accession, { starts }]): [string, number] => [accession, starts.length]);
  const header: Header = { from, to, sequences, chains };
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  const columns = [...blocks.values()].flatMap((one) => COLUMNS.map((name) => littleEndian(one[name])));
  return compress(Buffer.concat([size, text, ...columns]), {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

function littleEndian(values: Int32Array): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeInt32LE(value, i * 4);
  });
  return bytes;
}

/** Chains from {@link packChains}. @throws UnavailableError when the bytes are damaged */
export async function unpackChains(bytes: Uint8Array): Promise<ChainIndex> {
  try {
    const all = await decompress(bytes);
    const size = all.readUInt32LE(0);
    const header = JSON.parse(all.toString('utf8', 4, 4 + size)) as Header;
    let at = 4 + size;
    const column = (length: number): Int32Array => {
      const values = Int32Array.from({ length }, (_, i) => all.readInt32LE(at + i * 4));
      at += length * 4;
      return values;
    };
    const blocks = header.sequences.map(([accession, length]): [string, Blocks] => [
      accession,
      blocksOf(length, column),
    ]);
    return { from: header.from, to: header.to, blocks: new Map(blocks), chains: header.chains, ignored: new Map() };
  } catch (cause) {
    throw new UnavailableError('stored liftover chains are damaged', undefined, { cause });
  }
}

function blocksOf(length: number, column: (length: number) => Int32Array): Blocks {
  const [starts, ends, reach, targets, chains] = COLUMNS.map(() => column(length)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  return { starts, ends, reach, targets, chains };
}
