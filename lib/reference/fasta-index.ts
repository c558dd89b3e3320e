import { inflateRawSync } from 'node:zlib';
import { InvalidInputError } from '../genomics/errors.ts';
import type { RangedFile } from './ranged-file.ts';
import type { SequenceEntry } from './sequence-reader.ts';

/** A record of a FASTA file with what an `.fai` line says of it. */
export interface FastaRecord extends SequenceEntry {
  /** Uncompressed byte at which its first base stands. */
  readonly offset: number;
  readonly lineBases: number;
  /** With the line's end. */
  readonly lineBytes: number;
}

/** Blocks of a BGZF file. */
export interface BgzfIndex {
  /** Compressed offset and size of each block, in order. */
  readonly blocks: readonly { readonly at: number; readonly size: number }[];
  /** As bgzip's `.gzi` has it: offsets of all blocks but the first. */
  readonly gzi: Buffer;
}

const CHUNK = 4 << 20;
const NEWLINE = 10;
const RETURN = 13;

/** Finds the blocks of a BGZF file by their headers. @throws InvalidInputError when a header is damaged */
export async function indexBgzf(file: RangedFile): Promise<BgzfIndex> {
  const end = await file.size();
  const blocks: { at: number; size: number }[] = [];
  const pairs: [number, number][] = [];
  let [at, uncompressed] = [0, 0];
  let [buffer, bufferAt] = [new Uint8Array(0), 0];
  while (at < end) {
    // A block has at most 64 KiB; its header and its last bytes are needed.
    if (at + 65_536 > bufferAt + buffer.length && bufferAt + buffer.length < end) {
      buffer = await file.read(CHUNK, at);
      bufferAt = at;
    }
    const block = new DataView(buffer.buffer, buffer.byteOffset + at - bufferAt, buffer.length - (at - bufferAt));
    const sound = block.byteLength >= 18 && block.getUint16(0) === 0x1f8b && block.getUint16(12) === 0x4243;
    const size = sound ? block.getUint16(16, true) + 1 : 0;
    if (!sound || size > block.byteLength) throw new InvalidInputError(`${file.name} is damaged at byte ${at}`);
    if (at > 0) pairs.push([at, uncompressed]);
    blocks.push({ at, size });
    uncompressed += block.getUint32(size - 4, true);
    at += size;
  }
  const gzi = Buffer.alloc(8 + pairs.length * 16);
  gzi.writeBigUInt64LE(BigInt(pairs.length), 0);
  pairs.forEach(([compressed, plain], i) => {
    gzi.writeBigUInt64LE(BigInt(compressed), 8 + i * 16);
    gzi.writeBigUInt64LE(BigInt(plain), 16 + i * 16);
  });
  return { blocks, gzi };
}

/** The file's text, in pieces. */
async function* textOf(file: RangedFile, bgzf: BgzfIndex | undefined): AsyncIterable<Uint8Array> {
  if (bgzf === undefined) {
    const end = await file.size();
    for (let at = 0; at < end; at += CHUNK) yield await file.read(CHUNK, at);
    return;
  }
  for (const { at, size } of bgzf.blocks) {
    const block = await file.read(size, at);
    yield inflateRawSync(block.subarray(18, size - 8));
  }
}

/** A record while it is being read. */
interface Growing {
  readonly header: string;
  readonly offset: number;
  length: number;
  lineBases: number;
  lineBytes: number;
  /** Whether a line was shorter than the first: only the last may be. */
  short: boolean;
}

/**
 * Reads a FASTA once and notes where each record's bases are.
 *
 * @throws InvalidInputError when it is no FASTA or a record's lines have unequal lengths.
 */
export async function indexFasta(file: RangedFile, bgzf?: BgzfIndex): Promise<readonly FastaRecord[]> {
  const records: Growing[] = [];
  let at = 0;
  let pending = '';
  const take = (bases: number, ended: number, header: string | undefined): void => {
    if (header !== undefined) {
      records.push({ header, offset: at, length: 0, lineBases: 0, lineBytes: 0, short: false });
      return;
    }
    const record = records.at(-1);
    if (bases === 0) {
      if (record !== undefined) record.short = true;
      return;
    }
    if (record === undefined) throw new InvalidInputError(`${file.name} is not FASTA: it does not start with '>'`);
    if (record.short || (record.lineBases > 0 && bases > record.lineBases)) {
      throw new InvalidInputError(`${file.name}: the lines of ${record.header.split(/\s/)[0]} have unequal lengths`);
    }
    if (record.lineBases === 0) Object.assign(record, { lineBases: bases, lineBytes: bases + ended });
    record.short = bases < record.lineBases || bases + ended < record.lineBytes;
    record.length += bases;
  };
  for await (const chunk of textOf(file, bgzf)) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const size = pending.length + end - from;
      const first = pending === '' ? chunk[from] : pending.charCodeAt(0);
      const last = end > from ? chunk[end - 1] : pending.charCodeAt(pending.length - 1);
      const returned = size > 0 && last === RETURN ? 1 : 0;
      at += size + 1;
      const header = first === 0x3e ? text(pending, chunk, from, end).slice(1).trim() : undefined;
      take(size - returned, 1 + returned, header);
      pending = '';
      from = end + 1;
    }
    if (from < chunk.length) pending += Buffer.from(chunk.subarray(from)).toString('latin1');
  }
  if (pending !== '') take(pending.length, 0, pending.startsWith('>') ? pending.slice(1) : undefined);
  if (records.length === 0) throw new InvalidInputError(`${file.name} holds no sequence`);
  return records.map(finished);
}

function text(pending: string, chunk: Uint8Array, from: number, end: number): string {
  return pending + Buffer.from(chunk.subarray(from, end)).toString('latin1');
}

function finished({ header, offset, length, lineBases, lineBytes }: Growing): FastaRecord {
  const [name = ''] = header.split(/\s/, 1);
  return { name, description: header.slice(name.length).trim(), length, offset, lineBases, lineBytes };
}
