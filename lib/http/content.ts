import { pipeline, Readable } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { Encoding } from './negotiate.ts';

/** Pieces of JSON are gathered to about this many characters while more are there without waiting. */
const GATHER_CHARACTERS = 16_384;

/**
 * Text as UTF-8 in the given encoding. Small pieces are gathered, but nothing is held back while the source makes us
 * wait: what has been read is on its way to the client. A failure of the source fails the result.
 */
export function encodeBody(pieces: AsyncIterator<string>, encoding: Encoding): AsyncIterable<Uint8Array> {
  const chunks = utf8(gather(pieces));
  if (encoding === 'identity') return chunks;
  const encoder =
    encoding === 'gzip'
      ? createGzip({ level: 6, flush: constants.Z_SYNC_FLUSH })
      : // Quality 4 is as fast as gzip and packs better; the default of 11 is for files that are packed once.
        createBrotliCompress({
          flush: constants.BROTLI_OPERATION_FLUSH,
          params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
        });
  // The callback keeps a failure from being thrown at the process; whoever reads the encoder gets it.
  pipeline(Readable.from(chunks, { objectMode: true }), encoder, () => undefined);
  return encoder;
}

/** A whole text as `encodeBody` gives it. */
export function encodeText(text: string, encoding: Encoding): AsyncIterable<Uint8Array> {
  return encodeBody(whole(text), encoding);
}

async function* whole(text: string): AsyncGenerator<string> {
  yield text;
}

async function* gather(pieces: AsyncIterator<string>): AsyncGenerator<string> {
  let held = '';
  try {
    let next = pieces.next();
    for (;;) {
      const result = held === '' ? await next : await orNothing(next);
      if (result === undefined) {
        yield held;
        held = '';
        continue;
      }
      if (result.done === true) break;
      held += result.value;
      if (held.length >= GATHER_CHARACTERS) {
        yield held;
        held = '';
      }
      next = pieces.next();
    }
    if (held !== '') yield held;
  } finally {
    // Reached early when the client has gone: lets the source stop reading.
    await pieces.return?.();
  }
}

/** What a promise resolves to, or undefined when that takes longer than this turn of the event loop. */
async function orNothing<T>(promise: Promise<T>): Promise<T | undefined> {
  let immediate: NodeJS.Immediate | undefined;
  const turn = new Promise<undefined>((resolve) => {
    immediate = setImmediate(resolve, undefined);
  });
  try {
    return await Promise.race([promise, turn]);
  } finally {
    clearImmediate(immediate);
  }
}

async function* utf8(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text, 'utf8');
}
