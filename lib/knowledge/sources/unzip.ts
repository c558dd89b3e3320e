import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { InvalidInputError } from '../../genomics/errors.ts';
import { kindOf } from './recognise.ts';

/** Files that can be read, as long as it is not disposed of. */
export interface UnpackedFiles extends AsyncDisposable {
  readonly files: readonly string[];
}

/** What the members of an archive may hold together, in bytes: ten times the greatest that is published. */
const MOST_BYTES = 8 * 2 ** 30;
/** Names of members that may be tables or documents; licences and readme files are not looked at. */
const READABLE = /\.(tsv|txt|json|vcf|sql)(\.gz)?$/i;

/**
 * The given files, with the members that are known (recognise.ts) in place of a ZIP archive. They are unpacked into a
 * temporary folder.
 *
 * @throws InvalidInputError naming an archive that can't be read or holds nothing that is known
 */
export async function unzipped(paths: readonly string[]): Promise<UnpackedFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'genomics-unzip-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const files: string[] = [];
    for (const [i, path] of paths.entries()) {
      if (await isZip(path)) files.push(...(await membersOf(path, join(folder, String(i)))));
      else files.push(path);
    }
    return { files, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Whether the file begins as a ZIP archive does. */
async function isZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === 'PK\x03\x04';
  } finally {
    await file.close();
  }
}

async function membersOf(path: string, folder: string): Promise<readonly string[]> {
  const name = basename(path);
  const zip = await openPromise(path, { strictFileNames: true }).catch((cause: unknown) => {
    throw damaged(name, cause);
  });
  const [used, seen]: [string[], string[]] = [[], []];
  let bytes = 0;
  try {
    for await (const entry of entriesOf(zip, name)) {
      seen.push(entry.fileName);
      if (entry.uncompressedSize === 0 || !READABLE.test(entry.fileName)) continue;
      bytes += entry.uncompressedSize;
      if (bytes > MOST_BYTES)
        throw new InvalidInputError(`${name} holds more than ${MOST_BYTES} bytes; unpack it first`);
      const to = join(folder, entry.fileName);
      await unpack(zip, entry, to, name);
      if ((await kindOf(to)) !== undefined) used.push(to);
    }
  } finally {
    zip.close();
  }
  if (used.length > 0) return used;
  throw new InvalidInputError(`${name} holds no file that is known, but ${seen.join(', ')} (docs/knowledge.md)`);
}

async function* entriesOf(zip: ZipFile, name: string): AsyncGenerator<Entry> {
  const entries = zip.eachEntry();
  for (;;) {
    const next = await entries.next().catch((cause: unknown) => {
      throw damaged(name, cause);
    });
    if (next.done === true) return;
    yield next.value;
  }
}

/** Writes one member. Names that lead out of the folder have been refused when the entry was read. */
async function unpack(zip: ZipFile, entry: Entry, to: string, name: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  let sum = 0;
  try {
    const bytes = await zip.openReadStreamPromise(entry);
    bytes.on('data', (chunk: Buffer) => {
      sum = crc32(chunk, sum);
    });
    await pipeline(bytes, createWriteStream(to));
  } catch (cause) {
    throw damaged(`${name}, ${entry.fileName}`, cause);
  }
  if (sum !== entry.crc32) throw damaged(`${name}, ${entry.fileName}`);
}

function damaged(name: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${name} can't be unpacked; fetch it again, or unpack it first`, undefined, { cause });
}
