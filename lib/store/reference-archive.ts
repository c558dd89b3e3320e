import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Assembly, sequencesOf } from '../genomics/assembly.ts';
import { InvalidInputError, UnavailableError } from '../genomics/errors.ts';
import { readChainFile } from '../reference/chain-files.ts';
import { packChains } from '../reference/chain-pack.ts';
import { makeFastaIndex, openFasta } from '../reference/fasta.ts';
import { localFile, type RangedFile } from '../reference/ranged-file.ts';
import { sequencesOfFile } from '../reference/sequences.ts';
import { importTranscripts } from '../reference/transcript-import.ts';
import { makeTwoBitIndex, openTwoBit } from '../reference/two-bit.ts';
import type { ObjectReference, ObjectStore } from './objects.ts';
import {
  type ChainsFile,
  changeCatalogue,
  type ModelsFile,
  type ReferenceFile,
  readCatalogue,
  type SequenceFile,
  sameFile,
  withFile,
} from './reference-catalogue.ts';
import type { Table } from './table.ts';

/** A file to load, and what is said about it. */
export type ReferenceAddition = {
  readonly path: string;
  /** Made from the file's name and checksum when absent. */
  readonly release?: string;
  /** Serve only where no other file does. */
  readonly fallback?: boolean;
} & (
  | { readonly kind: 'sequences'; readonly assembly: Assembly; readonly format: SequenceFile['format'] }
  | { readonly kind: 'chains'; readonly from: Assembly; readonly to: Assembly }
  | { readonly kind: 'transcripts'; readonly assembly?: Assembly }
);

export interface AddedReference {
  readonly status: 'added' | 'replaced' | 'unchanged';
  readonly file: ReferenceFile;
  /** What was left out of the file, for people. */
  readonly notes: readonly string[];
}

/** How far an addition is; bytes of the file as it is, which may be compressed. */
export interface ReferenceProgress {
  readonly step: 'copied' | 'checked';
  readonly bytes: number;
  readonly total: number;
}

export interface ReferenceArchive {
  /** What is loaded, in the order in which it is asked. @throws UnavailableError */
  list(): Promise<readonly ReferenceFile[]>;
  /**
   * Checks a file, stores it and makes it visible by one conditional write; the same content again is a no-op.
   *
   * @throws InvalidInputError when the file is not what it should be; the archive is as it was.
   * @throws ConflictError when others keep changing the reference data meanwhile.
   */
  add(addition: ReferenceAddition, progress?: (at: ReferenceProgress) => void): Promise<AddedReference>;
}

export interface ReferenceArchiveParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  /** A new, empty folder on the local disk. */
  readonly stage: () => Promise<string>;
}

const RELEASE = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

export function referenceArchive({ table, objects, stage }: ReferenceArchiveParts): ReferenceArchive {
  return {
    list: async () => (await readCatalogue(table)).files,

    async add(addition, progress = () => {}) {
      const { release: named, kind } = addition;
      if (named !== undefined && !RELEASE.test(named)) {
        throw new InvalidInputError(`'${named}' is not a release name: up to 100 letters, digits and . _ + -`);
      }
      const folder = await stage();
      try {
        const name = basename(addition.path);
        const copy = await copied(addition.path, join(folder, safe(name)), progress);
        const release = named ?? defaultRelease(name, copy.sha256);
        const { files } = await readCatalogue(table);
        const known = sameFile(files, { kind, place: placeIn(addition), release, source: copy.sha256 });
        if (known !== undefined) return { status: 'unchanged', file: known, notes: [] };
        const prepared = await prepare(addition, { folder, name, release, ...copy }, progress);
        const file = await store(prepared);
        const { before, after } = await changeCatalogue(table, (files) => withFile(files, file));
        const status = after.length > before.length ? 'added' : 'replaced';
        return { status, file, notes: prepared.notes };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };

  /** Moves the files of an addition to where the catalogue will say they are. */
  async function store({ file, paths }: Prepared): Promise<ReferenceFile> {
    for (const { path, object } of paths) {
      await objects.publish(path, object.key);
      const found = await objects.head(object.key);
      if (found?.bytes !== object.bytes) {
        throw new UnavailableError('a reference file did not arrive in the archive', undefined, {
          cause: new Error(`${object.key}: ${found?.bytes ?? 'no'} bytes, not ${object.bytes}`),
        });
      }
    }
    return file;
  }
}

/** The staged copy of a file to be added. */
interface Copy {
  readonly folder: string;
  readonly path: string;
  readonly name: string;
  readonly release: string;
  readonly bytes: number;
  readonly sha256: string;
}

interface Prepared {
  readonly file: ReferenceFile;
  readonly paths: readonly { readonly path: string; readonly object: ObjectReference }[];
  readonly notes: readonly string[];
}

type Report = (at: ReferenceProgress) => void;

async function copied(from: string, path: string, progress: Report): Promise<Pick<Copy, 'path' | 'bytes' | 'sha256'>> {
  const { size, isFile } = await stat(from).then(
    (found) => ({ size: found.size, isFile: found.isFile() }),
    () => ({ size: 0, isFile: false }),
  );
  if (!isFile) throw new InvalidInputError(`there is no file '${from}'`);
  const hash = createHash('sha256');
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      progress({ step: 'copied', bytes, total: size });
      done(null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(from, { highWaterMark: 1 << 20 }), count, createWriteStream(path));
  } catch (cause) {
    throw new UnavailableError(`'${from}' could not be copied`, undefined, { cause });
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

const safe = (name: string): string => name.replaceAll(/[^A-Za-z0-9._+-]/g, '_').replace(/^\.+/, '_');

/** `hg38.2bit` becomes `hg38-1a2b3c4d`. */
function defaultRelease(name: string, sha256: string): string {
  const stem = safe(name).replace(/(\.(gz|bgz|2bit|fa|fasta|fna|chain|over|gff3?|json|tsv|txt))+$/i, '');
  return `${stem.replace(/^[^A-Za-z0-9]+/, '').slice(0, 90) || 'reference'}-${sha256.slice(0, 8)}`;
}

function placeIn(addition: ReferenceAddition): string {
  if (addition.kind === 'sequences') return addition.assembly;
  return addition.kind === 'chains' ? `${addition.from}-${addition.to}` : '';
}

async function prepare(addition: ReferenceAddition, copy: Copy, progress: Report): Promise<Prepared> {
  const { kind } = addition;
  const common = {
    name: copy.name,
    release: copy.release,
    source: copy.sha256,
    added: new Date().toISOString(),
    ...(addition.fallback ? { fallback: true as const } : {}),
  };
  if (kind === 'sequences') return prepareSequences(addition, copy, common, progress);
  return kind === 'chains'
    ? prepareChains(addition, copy, common, progress)
    : prepareTranscripts(addition, copy, common, progress);
}

type Common = Pick<ReferenceFile, 'name' | 'release' | 'source' | 'added' | 'fallback'>;

/** Keys are never used twice: what `sweep` found unnamed can't become named again. */
function keyOf(folder: string, release: string, file: string): string {
  return `reference/${folder}/${release}/${randomBytes(9).toString('base64url')}/${safe(file)}`;
}

async function prepareSequences(
  { assembly, format }: Extract<ReferenceAddition, { kind: 'sequences' }>,
  { folder, path, name, bytes, sha256, release }: Copy,
  common: Common,
  progress: Report,
): Promise<Prepared> {
  const file = watched(localFile(path), name, bytes, progress);
  try {
    const twoBit = format === 'twobit' ? await makeTwoBitIndex(file) : undefined;
    const fasta = format === 'fasta' ? await makeFastaIndex(file) : undefined;
    const reader = twoBit === undefined ? await openFasta(file, fasta) : await openTwoBit(file, twoBit);
    const sequences = sequencesOfFile(reader, assembly, { release });
    const chromosomes = sequences.accessions.filter((accession) => sequencesOf(accession).length > 0);
    const indexPath = join(folder, 'index.json');
    await writeFile(indexPath, JSON.stringify(twoBit ?? fasta));
    const key = keyOf(`sequences/${assembly}`, release, name);
    const index = { key: `${key}.index.json`, ...(await described(indexPath)) };
    const stored: SequenceFile = {
      kind: 'sequences',
      assembly,
      format,
      ...common,
      key,
      bytes,
      sha256,
      index,
      chromosomes,
      others: sequences.accessions.length - chromosomes.length,
      ...(sequences.partial ? { partial: true as const } : {}),
    };
    const { length } = sequences.ignored;
    const notes = length === 0 ? [] : [`${length} sequences outside the primary assembly are not used`];
    return {
      file: stored,
      paths: [
        { path, object: stored },
        { path: indexPath, object: index },
      ],
      notes,
    };
  } finally {
    await file.close();
  }
}

async function prepareChains(
  { from, to }: Extract<ReferenceAddition, { kind: 'chains' }>,
  { folder, path, name, bytes, sha256, release }: Copy,
  common: Common,
  progress: Report,
): Promise<Prepared> {
  if (from === to) throw new InvalidInputError('chains lead from one assembly to the other: --from and --to differ');
  const file = watched(localFile(path), name, bytes, progress);
  try {
    const chains = await readChainFile({ file, from, to });
    if (chains.chains.length === 0) {
      throw new InvalidInputError(`${name} holds no chain from a chromosome of ${from} to one of ${to}`);
    }
    const key = keyOf(`chains/${from}-${to}`, release, name);
    const indexPath = join(folder, 'chains.index');
    await writeFile(indexPath, await packChains(chains));
    const index = { key: `${key}.index`, ...(await described(indexPath)) };
    const stored: ChainsFile = { kind: 'chains', from, to, ...common, key, bytes, sha256, index };
    const ignored = [...chains.ignored.values()].reduce((sum, chains) => sum + chains, 0);
    const notes = ignored === 0 ? [] : [`${ignored} chains outside the primary assemblies are not used`];
    return {
      file: stored,
      paths: [
        { path, object: stored },
        { path: indexPath, object: index },
      ],
      notes,
    };
  } finally {
    await file.close();
  }
}

async function prepareTranscripts(
  { assembly }: Extract<ReferenceAddition, { kind: 'transcripts' }>,
  { folder, path, name, bytes, release }: Copy,
  common: Common,
  progress: Report,
): Promise<Prepared> {
  const parquet = join(folder, 'models.parquet');
  const report = (done: number): void => progress({ step: 'checked', bytes: done, total: bytes });
  const { rows, assemblies } = await importTranscripts({
    path,
    name,
    release,
    parquet,
    report,
    ...(assembly && { assembly }),
  });
  const key = keyOf('transcripts', release, 'models.parquet');
  const stored: ModelsFile = { kind: 'transcripts', assemblies, rows, ...common, key, ...(await described(parquet)) };
  return { file: stored, paths: [{ path: parquet, object: stored }], notes: [] };
}

async function described(path: string): Promise<Pick<ObjectReference, 'bytes' | 'sha256'>> {
  const content = await readFile(path);
  return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/** Says how far a file is read, under the name that people know it by. */
function watched(file: RangedFile, name: string, total: number, progress: Report): RangedFile {
  return {
    ...file,
    name,
    async read(length, position) {
      const bytes = await file.read(length, position);
      progress({ step: 'checked', bytes: position + bytes.length, total });
      return bytes;
    },
  };
}
