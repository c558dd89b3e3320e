import { isAscii, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InvalidInputError, NotFoundError } from '../genomics/errors.ts';
import { fault } from './fault.ts';

/** Whole lines of a text file. `bytes` ends with a line feed, except perhaps at the end of the file. */
export interface LineBlock {
  readonly bytes: Buffer;
  /** 1-based number of the block's first line. */
  readonly firstLine: number;
  /** Bytes of the file (compressed, if it is) read so far. */
  readonly bytesRead: number;
}

export interface LineReader {
  readonly blocks: AsyncIterable<LineBlock>;
  readonly size: number;
  /** SHA-256 of the file's own bytes, as hex; only after `blocks` has ended. */
  sha256(): string;
}

/** Large enough that the cost per block is nothing, small enough that a few of them are no memory. */
const CHUNK = 1 << 20;
/**
 * Blocks of inflated text are smaller: between two of them the work beside scanning gets its turn, which is some hundred
 * times a second.
 */
const INFLATED_CHUNK = 1 << 19;

/** The empty block that ends a BGZF file: SAM specification, section 4.1.2. */
const BGZF_END = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

const FEXTRA = 4;
const LF = 10;

/**
 * Opens a plain, gzip or BGZF text file as blocks of whole lines, with bounded memory. Refuses what would otherwise be
 * read as less than the file holds: an empty file, a cut or damaged gzip, a BGZF without its end block.
 *
 * @param lineEnds `any` lets Windows line ends through: what splits the lines must take the carriage returns off
 * @throws NotFoundError when there is no such file; InvalidInputError naming file and line for bad content.
 */
export async function openLines(path: string, lineEnds: 'unix' | 'any' = 'unix'): Promise<LineReader> {
  const name = basename(path);
  const { size, compressed } = await inspect(path, name);
  const hash = createHash('sha256');
  let bytesRead = 0;
  async function* raw(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      hash.update(chunk as Buffer);
      bytesRead += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }
  const chunks = compressed ? gunzip(raw(), size, name) : raw();
  let digest: string | undefined;
  return {
    blocks: lineBlocks(chunks, name, () => bytesRead, lineEnds),
    size,
    sha256: () => {
      digest ??= hash.digest('hex');
      return digest;
    },
  };
}

async function inspect(path: string, name: string): Promise<{ size: number; compressed: boolean }> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new NotFoundError(`${path} cannot be opened; check the path`, undefined, { cause: error });
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new InvalidInputError(`${name} is not a file`);
    if (stat.size === 0) throw new InvalidInputError(`${name} is empty (0 bytes); a VCF has at least its header`);
    const head = Buffer.alloc(Math.min(18, stat.size));
    await handle.read(head, 0, head.length, 0);
    if (head[0] !== 0x1f || head[1] !== 0x8b) return { size: stat.size, compressed: false };
    if (isBgzf(head)) {
      const tail = Buffer.alloc(BGZF_END.length);
      await handle.read(tail, 0, tail.length, Math.max(0, stat.size - tail.length));
      if (!tail.equals(BGZF_END)) {
        throw new InvalidInputError(`${name} is cut: its BGZF end block is missing; copy or compress the file again`);
      }
    }
    return { size: stat.size, compressed: true };
  } finally {
    await handle.close();
  }
}

function isBgzf(head: Buffer): boolean {
  return head.length >= 14 && ((head[3] as number) & FEXTRA) !== 0 && head[12] === 0x42 && head[13] === 0x43;
}

async function* gunzip(raw: AsyncGenerator<Buffer>, size: number, name: string): AsyncGenerator<Buffer> {
  const inflated = createGunzip({ chunkSize: INFLATED_CHUNK });
  pipeline(raw, inflated, () => undefined);
  try {
    for await (const chunk of inflated) yield chunk as Buffer;
    // zlib stops without an error where the next block of a BGZF does not start like one (rejectGarbageAfterEnd, on the
    // other hand, refuses every second block): only the bytes it took tell.
    if (inflated.bytesWritten !== size) throw damaged(name);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'Z_BUF_ERROR') {
      throw new InvalidInputError(`${name} is cut: its gzip stream ends early; copy or compress the file again`);
    }
    throw code.startsWith('Z_') ? damaged(name) : error;
  }
}

function damaged(name: string): InvalidInputError {
  return new InvalidInputError(`${name} is damaged: its gzip stream cannot be read to the end; copy the file again`);
}

async function* lineBlocks(
  chunks: AsyncGenerator<Buffer>,
  name: string,
  bytesRead: () => number,
  lineEnds: 'unix' | 'any',
): AsyncGenerator<LineBlock> {
  let line = 1;
  let carried: Buffer[] = [];
  const block = (bytes: Buffer): LineBlock => {
    const made = { bytes, firstLine: line, bytesRead: bytesRead() };
    line += checkText(bytes, line, name, lineEnds);
    return made;
  };
  for await (const chunk of chunks) {
    const first = chunk.indexOf(LF);
    if (first < 0) {
      carried.push(chunk);
      continue;
    }
    let from = 0;
    if (carried.length > 0) {
      yield block(Buffer.concat([...carried, chunk.subarray(0, first + 1)]));
      carried = [];
      from = first + 1;
    }
    const last = chunk.lastIndexOf(LF);
    if (last >= from) yield block(chunk.subarray(from, last + 1));
    if (last + 1 < chunk.length) carried.push(chunk.subarray(last + 1));
  }
  if (carried.length > 0) yield block(Buffer.concat(carried));
}

/** Counts the lines of a block. @throws InvalidInputError for CR, NUL or bytes that are not UTF-8. */
function checkText(bytes: Buffer, firstLine: number, name: string, lineEnds: 'unix' | 'any'): number {
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw fault({ file: name, line: lineOf(bytes, nul, firstLine) }, `a NUL byte; this is ${guess(bytes)}`);
  const cr = lineEnds === 'any' ? -1 : bytes.indexOf(13);
  if (cr >= 0) {
    const message = "a carriage return (Windows line ends); convert the file, for example with tr -d '\\r'";
    throw fault({ file: name, line: lineOf(bytes, cr, firstLine) }, message);
  }
  if (!isAscii(bytes) && !isUtf8(bytes)) {
    const message = 'bytes that are not UTF-8; convert the file, for example with iconv -f LATIN1 -t UTF-8';
    throw fault({ file: name, line: firstBadLine(bytes, firstLine) }, message);
  }
  let lines = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++;
  return bytes[bytes.length - 1] === LF ? lines : lines + 1;
}

function guess(bytes: Buffer): string {
  return bytes.subarray(0, 3).toString('latin1') === 'BCF'
    ? 'BCF: convert it with bcftools view -Oz'
    : 'not a text file';
}

function lineOf(bytes: Buffer, offset: number, firstLine: number): number {
  let line = firstLine;
  for (let at = bytes.indexOf(LF); at >= 0 && at < offset; at = bytes.indexOf(LF, at + 1)) line++;
  return line;
}

function firstBadLine(bytes: Buffer, firstLine: number): number {
  let line = firstLine;
  for (let start = 0; start < bytes.length; line++) {
    const next = bytes.indexOf(LF, start);
    const end = next < 0 ? bytes.length : next;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  return line;
}
