import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { InvalidInputError, NotFoundError } from '../genomics/errors.ts';
import { readManifest } from '../ingest/manifest.ts';
import type { IngestInput, IngestRequest } from '../ingest/request.ts';
import type { Pipeline, UploadedFile } from './ports.ts';

/** Where laboratories upload; nothing else is read. */
export const INCOMING = 'incoming/';

/** A manifest's studies, and how its paths become keys. */
export interface OpenManifest {
  readonly requests: readonly IngestRequest[];
  /** Local path at which a key belongs: the manifest's relative paths lead there. */
  pathOf(key: string): string;
  /** Keys of an input's files. @throws InvalidInputError when one is not under `incoming/`. */
  keysOf(input: IngestInput): readonly string[];
}

/**
 * Works with a manifest in a folder of its own on the local disk, laid out as the bucket is.
 *
 * `NAME.replace.csv` amends studies that exist and `NAME.add.csv` adds files to them; any other name creates.
 *
 * @throws InvalidInputError naming file and line.
 */
export async function withManifest<T>(
  { archive, incoming }: Pick<Pipeline, 'archive' | 'incoming'>,
  manifest: UploadedFile,
  work: (open: OpenManifest) => Promise<T>,
): Promise<T> {
  checkKey(manifest.key);
  const folder = await archive.stage();
  const pathOf = (key: string): string => join(folder, ...key.split('/'));
  try {
    const path = pathOf(manifest.key);
    await mkdir(dirname(path), { recursive: true });
    await incoming.download(manifest, path);
    const requests = await readManifest(path, modeOf(manifest.key)).catch((error: unknown) => {
      // A message about a path on this machine would tell an operator nothing.
      if (error instanceof NotFoundError) throw new InvalidInputError(`${manifest.key} cannot be read`);
      throw error;
    });
    const keyOf = (file: string): string => {
      const key = relative(folder, file).split(sep).join('/');
      if (!key.startsWith(INCOMING)) {
        throw new InvalidInputError(
          `${manifest.key}: a file it names is outside ${INCOMING}; paths are relative to it`,
        );
      }
      return key;
    };
    const keysOf = ({ file, studied, uncallable }: IngestInput): readonly string[] =>
      [file, studied, uncallable].filter((one) => one !== undefined).map(keyOf);
    return await work({ requests, pathOf, keysOf });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checkKey(key: string): void {
  const parts = key.split('/');
  if (!key.startsWith(INCOMING) || !key.endsWith('.csv') || parts.some((part) => ['', '.', '..'].includes(part))) {
    throw new InvalidInputError(`a manifest is a .csv under ${INCOMING}, which '${key}' is not`);
  }
}

function modeOf(key: string): IngestRequest['mode'] {
  if (key.endsWith('.replace.csv')) return 'replace';
  return key.endsWith('.add.csv') ? 'add' : 'create';
}
