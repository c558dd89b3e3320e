import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Columns of a VCF before the first sample. */
const FIXED = 9;
/** No real header comes near. */
const LONGEST_HEADER = 64 * 1_048_576;

/**
 * The sample names in the header of a VCF, plain or compressed by gzip. No more of the bytes is read than that takes.
 *
 * @returns undefined when it has no column line, or can't be unpacked up to there
 * @throws what reading the bytes throws
 */
export async function vcfSamples(bytes: AsyncIterable<Uint8Array>): Promise<readonly string[] | undefined> {
  const decoder = new TextDecoder();
  let [rest, length] = ['', 0];
  try {
    for await (const piece of unpacked(bytes)) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      const columns = lines.find((line) => !line.startsWith('##'));
      if (columns !== undefined) return samplesOf(columns);
      length += piece.length;
      if (length > LONGEST_HEADER) return undefined;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return undefined;
    throw error;
  }
  // The last line may have no end.
  return samplesOf(rest);
}

function samplesOf(line: string): readonly string[] | undefined {
  return line.startsWith('#CHROM\t') ? line.trimEnd().split('\t').slice(FIXED) : undefined;
}

async function* unpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      for (let next = first; next.done !== true; next = await pieces.next()) yield next.value;
    } finally {
      await pieces.return?.();
    }
  }
  const [one, two] = first.value;
  if (one !== 0x1f || two !== 0x8b) {
    yield* all();
    return;
  }
  const gunzip = createGunzip();
  // A failure of either is thrown by the loop.
  pipeline(Readable.from(all()), gunzip, () => undefined);
  for await (const piece of gunzip) yield piece as Uint8Array;
}
