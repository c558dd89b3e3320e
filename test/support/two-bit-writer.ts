import { open } from 'node:fs/promises';

/** A sequence of which only some bases are known; all others are N. */
export interface SparseSequence {
  readonly name: string;
  readonly length: number;
  /** Sorted by `start0`, not touching each other. */
  readonly islands: readonly { readonly start0: number; readonly bases: string }[];
}

const DIGIT: Readonly<Record<string, number>> = { T: 0, C: 1, A: 2, G: 3 };

/**
 * Writes a 2bit file of real lengths whose unknown bases take no space on disk: the packed bases of N stretches are
 * holes of a sparse file. Version 1, so that a file may be longer than 4 GiB.
 */
export async function writeTwoBit(path: string, sequences: readonly SparseSequence[], masked = false): Promise<void> {
  const file = await open(path, 'w+');
  try {
    const index = sequences.reduce((sum, { name }) => sum + 1 + name.length + 8, 16);
    const header = Buffer.alloc(index);
    for (const [i, value] of [0x1a412743, 1, sequences.length, 0].entries()) header.writeUInt32LE(value, i * 4);
    let [at, entry] = [index, 16];
    for (const sequence of sequences) {
      header.writeUInt8(sequence.name.length, entry);
      header.write(sequence.name, entry + 1, 'latin1');
      header.writeBigUInt64LE(BigInt(at), entry + 1 + sequence.name.length);
      entry += 9 + sequence.name.length;
      at = await writeSequence(file, sequence, at, masked);
    }
    await file.write(header, 0, header.length, 0);
    await file.truncate(at);
  } finally {
    await file.close();
  }
}

type File = Awaited<ReturnType<typeof open>>;

async function writeSequence(
  file: File,
  { length, islands }: SparseSequence,
  at: number,
  masked: boolean,
): Promise<number> {
  const unknown = stretches(length, islands);
  const masks = masked ? islands.map(({ start0, bases }): [number, number] => [start0, bases.length]) : [];
  const table = [length, ...column(unknown), ...column(masks), 0];
  const bytes = Buffer.alloc(table.length * 4);
  for (const [i, value] of table.entries()) bytes.writeUInt32LE(value, i * 4);
  await file.write(bytes, 0, bytes.length, at);
  const packedAt = at + bytes.length;
  for (const { start0, bases } of islands) {
    const first = start0 >> 2;
    const packed = Buffer.alloc(((start0 + bases.length + 3) >> 2) - first);
    [...bases].forEach((base, i) => {
      const position = start0 + i;
      const byte = (position >> 2) - first;
      packed[byte] = packed[byte]! | ((DIGIT[base] ?? 0) << (6 - 2 * (position & 3)));
    });
    // Islands may share a byte with a neighbour that was written before.
    const { buffer } = await file
      .read(Buffer.alloc(packed.length), 0, packed.length, packedAt + first)
      .catch(() => ({ buffer: Buffer.alloc(packed.length) }));
    packed.forEach((byte, i) => {
      packed[i] = byte | buffer[i]!;
    });
    await file.write(packed, 0, packed.length, packedAt + first);
  }
  return packedAt + ((length + 3) >> 2);
}

/** What lies between the islands, and N inside them, as [start, length]. */
function stretches(length: number, islands: SparseSequence['islands']): [number, number][] {
  const found: [number, number][] = [];
  let edge = 0;
  const unknown = (from: number, to: number): void => {
    const last = found.at(-1);
    if (from >= to) return;
    if (last !== undefined && last[0] + last[1] === from) last[1] += to - from;
    else found.push([from, to - from]);
  };
  for (const { start0, bases } of islands) {
    unknown(edge, start0);
    for (const { index, 0: run } of bases.matchAll(/N+/g)) unknown(start0 + index, start0 + index + run.length);
    edge = start0 + bases.length;
  }
  unknown(edge, length);
  return found;
}

function column(pairs: readonly (readonly [number, number])[]): number[] {
  return [pairs.length, ...pairs.map(([start]) => start), ...pairs.map(([, size]) => size)];
}
