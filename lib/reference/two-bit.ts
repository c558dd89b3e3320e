import { InvalidInputError, UnavailableError } from '../genomics/errors.ts';
import type { RangedFile } from './ranged-file.ts';
import type { SequenceEntry, SequenceReader } from './sequence-reader.ts';

const SIGNATURE = 0x1a412743;
const LETTERS = 'TCAG';

/** Four bases by byte, first base in the highest bits. */
const UNPACKED = Array.from({ length: 256 }, (_, byte) =>
  [6, 4, 2, 0].map((shift) => LETTERS[(byte >> shift) & 3]).join(''),
);

/** Where one sequence lies in the file. N stretches are kept; soft-masking is not read. */
interface Layout {
  readonly length: number;
  readonly unknownStarts: readonly number[];
  readonly unknownSizes: readonly number[];
  readonly packedAt: number;
}

/** What must be known of a 2bit file to read bases at once; JSON. */
export interface TwoBitIndex {
  readonly layouts: readonly (readonly [name: string, layout: Layout])[];
}

/**
 * Opens a UCSC 2bit file (versions 0 and 1, little-endian). The table of N stretches of a sequence is read once and
 * kept, and that of masked stretches never: reading both again for each region takes megabytes on a human chromosome.
 *
 * @param index as made before; without it, two reads are made for each sequence of the file
 * @throws InvalidInputError when it is no 2bit file.
 * @throws UnavailableError when it can't be read.
 * @see https://genome.ucsc.edu/FAQ/FAQformat.html#format7
 */
export async function openTwoBit(file: RangedFile, index?: TwoBitIndex): Promise<SequenceReader> {
  try {
    return openIndexed(file, index ?? (await makeTwoBitIndex(file)));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads the tables of a 2bit file, and checks that its last sequence is all there. @throws as {@link openTwoBit} does */
export async function makeTwoBitIndex(file: RangedFile): Promise<TwoBitIndex> {
  try {
    return await readTables(file);
  } catch (cause) {
    // A table that reaches beyond the file, or that no file could hold; a failed read has a cause of its own.
    const damaged = cause instanceof RangeError || (cause instanceof UnavailableError && cause.cause === undefined);
    throw damaged ? new InvalidInputError(`${file.name} is damaged or cut short`, undefined, { cause }) : cause;
  }
}

async function readTables(file: RangedFile): Promise<TwoBitIndex> {
  const layouts: [string, Layout][] = [];
  const size = await file.size();
  for (const [name, offset] of await readIndex(file)) {
    const layout = await readLayout(file, offset, size);
    if (layout.packedAt + ((layout.length + 3) >> 2) > size) {
      throw new InvalidInputError(`${file.name} is cut short: ${name} does not end`);
    }
    layouts.push([name, layout]);
  }
  return { layouts };
}

function openIndexed(file: RangedFile, index: TwoBitIndex): SequenceReader {
  const layouts = new Map(index.layouts);
  const entries = index.layouts.map(([name, { length }]): SequenceEntry => ({ name, description: '', length }));
  return {
    file: file.name,
    entries,
    async read(name, start, end) {
      const layout = layouts.get(name);
      if (layout === undefined) throw new UnavailableError(`${file.name} has no sequence ${name}`);
      return readBases(file, layout, start, end);
    },
    close: () => file.close(),
  };
}

/** A view of exactly `length` bytes. */
async function view(file: RangedFile, length: number, position: number): Promise<DataView> {
  const bytes = await file.read(length, position);
  if (bytes.length < length) throw new UnavailableError(`the reference file ${file.name} is cut short`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

async function readIndex(file: RangedFile): Promise<ReadonlyMap<string, number>> {
  const start = await file.read(16, 0);
  const header = new DataView(start.buffer, start.byteOffset, start.length);
  if (start.length < 16 || header.getUint32(0, true) !== SIGNATURE || header.getUint32(4, true) > 1) {
    throw new InvalidInputError(`${file.name} is not a little-endian 2bit file`);
  }
  const [wide, count] = [header.getUint32(4, true) === 1, header.getUint32(8, true)];
  const most = count * (1 + 255 + (wide ? 8 : 4));
  const bytes = await file.read(Math.min(most, Math.max(0, (await file.size()) - 16)), 16);
  const index = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offsets = new Map<string, number>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const size = index.getUint8(at);
    const name = Buffer.from(bytes.subarray(at + 1, at + 1 + size)).toString('latin1');
    at += 1 + size;
    offsets.set(name, wide ? Number(index.getBigUint64(at, true)) : index.getUint32(at, true));
    at += wide ? 8 : 4;
  }
  return offsets;
}

async function readLayout(file: RangedFile, offset: number, fileSize: number): Promise<Layout> {
  const sizes = await view(file, 8, offset);
  const [length, unknown] = [sizes.getUint32(0, true), sizes.getUint32(4, true)];
  if (offset + 8 + unknown * 8 + 4 > fileSize) throw new InvalidInputError(`${file.name} is damaged or cut short`);
  const table = await view(file, unknown * 8 + 4, offset + 8);
  const column = (from: number): readonly number[] =>
    Array.from({ length: unknown }, (_, i) => table.getUint32((from + i) * 4, true));
  const masked = table.getUint32(unknown * 8, true);
  const packedAt = offset + 8 + unknown * 8 + 4 + masked * 8 + 4;
  return { length, unknownStarts: column(0), unknownSizes: column(unknown), packedAt };
}

async function readBases(file: RangedFile, layout: Layout, start: number, end: number): Promise<string> {
  if (start === end) return '';
  const first = start >> 2;
  const packed = await view(file, ((end + 3) >> 2) - first, layout.packedAt + first);
  let bases = '';
  for (let i = 0; i < packed.byteLength; i++) bases += UNPACKED[packed.getUint8(i)];
  return withUnknown(bases.slice(start - first * 4, end - first * 4), start, layout);
}

/** Writes N over the stretches that the file marks as unknown. */
function withUnknown(bases: string, start: number, { unknownStarts, unknownSizes }: Layout): string {
  const end = start + bases.length;
  let result = bases;
  for (let i = firstEndingAfter(unknownStarts, unknownSizes, start); i < unknownStarts.length; i++) {
    const from = Math.max(start, unknownStarts[i] as number);
    if (from >= end) break;
    const to = Math.min(end, (unknownStarts[i] as number) + (unknownSizes[i] as number));
    result = result.slice(0, from - start) + 'N'.repeat(to - from) + result.slice(to - start);
  }
  return result;
}

/** Stretches are sorted and don't overlap. */
function firstEndingAfter(starts: readonly number[], sizes: readonly number[], position: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) + (sizes[middle] as number) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
