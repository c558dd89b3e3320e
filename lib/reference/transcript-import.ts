import type { Assembly } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type { TranscriptModel } from '../genomics/transcript.ts';
import { openDuckDb } from '../store/duckdb.ts';
import { readCdot } from './cdot.ts';
import { readGff3 } from './gff3.ts';
import { readMane } from './mane.ts';
import { linesOf, resumed, unpacked } from './text-file.ts';
import { writeTranscripts } from './transcript-store.ts';

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
}

const MEBIBYTE = 1_048_576;

/**
 * Writes the models of a transcript file as Parquet. What the file is, its first bytes tell.
 *
 * @throws InvalidInputError naming the line or the transcript
 */
export async function importTranscripts(request: TranscriptImport): Promise<ImportedTranscripts> {
  const { name, release, parquet, assembly } = request;
  const db = await openDuckDb({ memoryBytes: 512 * MEBIBYTE, threads: 1, temporary: `${parquet}.spill` });
  try {
    return await writeTranscripts(db, ofAssembly(await modelsOf(request), assembly), release, parquet);
  } catch (error) {
    if (error instanceof InvalidInputError) throw new InvalidInputError(`${name}: ${error.message}`);
    throw error;
  } finally {
    db.close();
  }
}

async function modelsOf({ path, name, report, assembly }: TranscriptImport): Promise<AsyncIterable<TranscriptModel>> {
  const pieces = unpacked(path, name, report);
  const first = await pieces.next();
  const start = first.done ? '' : first.value.toString('utf8', 0, 4096).trimStart();
  const all = first.done ? pieces : resumed(first.value, pieces);
  if (start.startsWith('{')) return readCdot(all);
  if (start.startsWith('##gff-version')) return readGff3(linesOf(all), assembly);
  const [header = ''] = start.split('\n', 1);
  if (header.includes('chromStart') && header.includes('ncbiId')) return readMane(linesOf(all));
  throw new InvalidInputError('neither GFF3 (##gff-version), cdot JSON nor MANE bigGenePred text with its header line');
}

async function* ofAssembly(
  models: AsyncIterable<TranscriptModel>,
  assembly: Assembly | undefined,
): AsyncGenerator<TranscriptModel> {
  for await (const model of models) if (assembly === undefined || model.assembly === assembly) yield model;
}
