import { createHash } from 'node:crypto';
import type { Assembly } from '../genomics/assembly.ts';
import { ConflictError, InvalidInputError, UnavailableError } from '../genomics/errors.ts';
import type { ObjectReference } from './objects.ts';
import type { Key, Table } from './table.ts';

/** What all reference files have in common. Stored under immutable keys. */
interface StoredFile extends ObjectReference {
  /** As it was called when it was added, without folders. */
  readonly name: string;
  readonly release: string;
  /** SHA-256 of the file as it was added. */
  readonly source: string;
  /** ISO instant. */
  readonly added: string;
  /** Serves only where no other file does: what the demo brings along. */
  readonly fallback?: true;
}

/** Sequences of one assembly, with the index that saves reading the file to open it. */
export interface SequenceFile extends StoredFile {
  readonly kind: 'sequences';
  readonly assembly: Assembly;
  readonly format: 'fasta' | 'twobit';
  readonly index: ObjectReference;
  /** Accessions of chromosomes; other sequences of the file (transcripts) are only counted. */
  readonly chromosomes: readonly string[];
  readonly others: number;
  /** Of some chromosomes only windows can be read. */
  readonly partial?: true;
}

export interface ChainsFile extends StoredFile {
  readonly kind: 'chains';
  readonly from: Assembly;
  readonly to: Assembly;
  /** The chains as they are looked up in: parsing the file takes too long for each start. */
  readonly index: ObjectReference;
}

/** Models as Parquet. */
export interface ModelsFile extends StoredFile {
  readonly kind: 'transcripts';
  readonly assemblies: readonly Assembly[];
  /** Pairs of transcript version and chromosome. */
  readonly rows: number;
}

export type ReferenceFile = SequenceFile | ChainsFile | ModelsFile;

/** Everything that is loaded, in the order in which it is asked. */
export interface Catalogue {
  /** Number of the next write; 0 when nothing was ever loaded. */
  readonly version: number;
  readonly files: readonly ReferenceFile[];
  /** Epoch milliseconds of the last write. */
  readonly written: number;
}

const KEY: Key = { pk: 'REFERENCE', sk: 'HEAD' };
/** DynamoDB refuses items above 400 KB. */
const GREATEST_ITEM = 380_000;
const ATTEMPTS = 8;

/** One strongly consistent read. @throws UnavailableError */
export async function readCatalogue(table: Table): Promise<Catalogue> {
  const item = await table.get(KEY);
  if (item === undefined) return { version: 0, files: [], written: 0 };
  const { version, written, files } = item;
  if (typeof version !== 'number' || typeof files !== 'string') {
    throw new UnavailableError('the list of reference files is damaged');
  }
  return { version, written: Number(written), files: JSON.parse(files) as readonly ReferenceFile[] };
}

/**
 * Changes the list by one conditional write, again from what is there now when somebody else was faster; all its files
 * are stored already.
 *
 * @throws ConflictError when others keep being faster.
 */
export async function changeCatalogue(
  table: Table,
  change: (files: readonly ReferenceFile[]) => readonly ReferenceFile[],
): Promise<{ readonly before: readonly ReferenceFile[]; readonly after: readonly ReferenceFile[] }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { version, files: before } = await readCatalogue(table);
    const after = change(before);
    const text = JSON.stringify(after);
    if (Buffer.byteLength(text) > GREATEST_ITEM) throw new InvalidInputError('too many reference files are loaded');
    const item = { ...KEY, version: version + 1, written: Date.now(), files: text };
    const won = await table.putIf(item, { version: version === 0 ? undefined : version });
    // A retried write may find that its first attempt had arrived after all.
    if (won || (await table.get(KEY))?.['files'] === text) return { before, after };
  }
  throw new ConflictError('others are changing the reference data; try again later');
}

/** The list with a file in it: newest first, in place of one of the same name and release, what is a fallback last. */
export function withFile(files: readonly ReferenceFile[], file: ReferenceFile): readonly ReferenceFile[] {
  const others = files.filter((one) => identity(one) !== identity(file));
  const all = [file, ...others];
  return [...all.filter(({ fallback }) => !fallback), ...all.filter(({ fallback }) => fallback)];
}

/** The file that is loaded already with this content, as this release, for this purpose. */
export function sameFile(
  files: readonly ReferenceFile[],
  { kind, place, release, source }: { kind: string; place: string; release: string; source: string },
): ReferenceFile | undefined {
  return files.find(
    (one) => one.kind === kind && placeOf(one) === place && one.release === release && one.source === source,
  );
}

/** What a file is for: an assembly, a direction; transcripts say their assemblies themselves. */
export function placeOf(file: ReferenceFile): string {
  if (file.kind === 'sequences') return file.assembly;
  return file.kind === 'chains' ? `${file.from}-${file.to}` : '';
}

function identity(file: ReferenceFile): string {
  return JSON.stringify([file.kind, placeOf(file), file.release, file.name]);
}

/** Every object that a file needs. */
export function objectsOf(file: ReferenceFile): readonly ObjectReference[] {
  return file.kind === 'transcripts' ? [file] : [file, file.index];
}

/** Changes whenever any file is added or replaced. */
export function releaseOf(files: readonly ReferenceFile[]): string {
  if (files.length === 0) return 'none';
  const hash = createHash('sha256');
  for (const file of files) hash.update(JSON.stringify([identity(file), file.source, file.sha256]));
  return hash.digest('hex').slice(0, 16);
}
