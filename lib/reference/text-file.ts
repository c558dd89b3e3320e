import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { InvalidInputError, UnavailableError } from '../genomics/errors.ts';

/**
 * A file's text in pieces, unpacked when it is compressed by gzip or bgzip. Whole annotations don't fit into one string.
 *
 * @param name for messages
 * @param report told how many bytes of the file have been read
 * @throws InvalidInputError when it can't be unpacked
 * @throws UnavailableError when it can't be read
 */
export async function* unpacked(path: string, name: string, report: (bytes: number) => void): AsyncGenerator<Buffer> {
  const pieces = reading(path, name, report);
  const first = await pieces.next();
  if (first.done) return;
  const zipped = first.value[0] === 0x1f && first.value[1] === 0x8b;
  const all = resumed(first.value, pieces);
  yield* zipped ? unzipped(all, name) : all;
}

async function* reading(path: string, name: string, report: (bytes: number) => void): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      bytes += (piece as Buffer).length;
      report(bytes);
      yield piece as Buffer;
    }
  } catch (cause) {
    throw new UnavailableError(`${name} could not be read`, undefined, { cause });
  }
}

/** A stream from its start, after a look at its first piece. */
export async function* resumed(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

async function* unzipped(pieces: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  const feeding = (async () => {
    for await (const piece of pieces) {
      if (!gunzip.write(piece)) await new Promise((resolve) => gunzip.once('drain', resolve));
    }
    gunzip.end();
  })();
  // What stops the feeding ends the unpacking, which then reports it.
  feeding.catch((error) => gunzip.destroy(error));
  try {
    for await (const piece of gunzip) yield piece as Buffer;
  } catch (cause) {
    if (cause instanceof UnavailableError) throw cause;
    throw new InvalidInputError(`${name} is damaged: it can't be unpacked`, undefined, { cause });
  }
}

/** Lines without their ends, in batches. */
export async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest];
}
