import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type { TranscriptModel } from '../genomics/transcript.ts';
import { openDuckDb } from '../store/duckdb.ts';
import { readCdot } from './cdot.ts';
import { readGff3 } from './gff3.ts';
import { readMane } from './mane.ts';
import { writeTranscripts } from './transcript-store.ts';

const unzip = promisify(gunzip);

export interface TranscriptImport {
  readonly path: string;
  /** For messages. */
  readonly name: string;
  readonly release: string;
  /** Where to write; its folder takes what DuckDB spills. */
  readonly parquet: string;
  readonly report: (bytes: number) => void;
  readonly assembly?: Assembly;
}

export interface ImportedTranscripts {
  readonly rows: number;
  readonly assemblies: readonly Assembly[];
  readonly notes: readonly string[];
}

const MEBIBYTE = 1_048_576;

/** @throws InvalidInputError naming the line or the transcript */
export async function importTranscripts(request: TranscriptImport): Promise<ImportedTranscripts> {
  const bytes = await readFile(request.path);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? await unzip(bytes) : bytes).toString('utf8');
  const all = text.startsWith('{')
    ? readCdot(text)
    : text.startsWith('##gff')
      ? readGff3(text, request.assembly)
      : readMane(text);
  const models: readonly TranscriptModel[] = all.filter(
    (model) => request.assembly === undefined || model.assembly === request.assembly,
  );
  if (models.length === 0) throw new InvalidInputError(`${request.name} holds no transcript`);
  const db = await openDuckDb({ memoryBytes: 512 * MEBIBYTE, threads: 1, temporary: `${request.parquet}.spill` });
  try {
    const { rows } = await writeTranscripts(db, models, request.release, request.parquet);
    return { rows, assemblies: ASSEMBLIES.filter((one) => models.some(({ assembly }) => assembly === one)), notes: [] };
  } finally {
    db.close();
  }
}
