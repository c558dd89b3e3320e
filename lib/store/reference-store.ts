import { ASSEMBLIES } from '../genomics/assembly.ts';
import type { ChainIndex } from '../genomics/chain.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import type { Chains, Sequences, Transcripts } from '../genomics/ports.ts';
import type { Reference } from '../operations/ports.ts';
import { unpackChains } from '../reference/chain-pack.ts';
import { type FastaIndex, openFasta } from '../reference/fasta.ts';
import type { RangedFile } from '../reference/ranged-file.ts';
import { combineSequences, sequencesOfFile } from '../reference/sequences.ts';
import { openTranscripts } from '../reference/transcript-store.ts';
import { openTwoBit, type TwoBitIndex } from '../reference/two-bit.ts';
import type { DuckDb } from './duckdb.ts';
import { checkedBytes, type ObjectReference, type ObjectStore } from './objects.ts';
import {
  type ChainsFile,
  type ModelsFile,
  type ReferenceFile,
  readCatalogue,
  releaseOf,
  type SequenceFile,
} from './reference-catalogue.ts';
import type { Table } from './table.ts';

export interface ReferenceParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  readonly duckDb: () => Promise<DuckDb>;
}

/**
 * What is loaded, from one strongly consistent read at each call. Files are opened when they are first needed, once
 * for all who ask, and stay open: they never change under their keys.
 */
export function referenceStore({ table, objects, duckDb }: ReferenceParts): () => Promise<Reference> {
  const opened = sharedByKey();
  let latest: Reference | undefined;
  return async () => {
    const { files } = await readCatalogue(table);
    const release = releaseOf(files);
    if (latest?.release === release) return latest;
    const all = {
      sequences: files.filter((file) => file.kind === 'sequences'),
      transcripts: files.filter((file) => file.kind === 'transcripts'),
      chains: files.filter((file) => file.kind === 'chains'),
    };
    const sequences = await Promise.all(
      all.sequences.map((file) => sequencesIn(file, () => opened.open(file.key, () => openSequences(objects, file)))),
    );
    const name = all.transcripts.map(({ key }) => key).join();
    const models: Opening<Transcripts> = {
      open: () => opened.open(name, () => modelsIn(all.transcripts)),
      forget: (failed) => opened.forget(name, failed),
    };
    latest = {
      release,
      sequences: combineSequences(sequences),
      transcripts: all.transcripts.length === 0 ? NO_TRANSCRIPTS : whenOpen(all.transcripts, models),
      chains: chainsIn(all.chains, (file) =>
        opened.open(file.key, async () => unpackChains(await checkedBytes(objects, file.index))),
      ),
    };
    return latest;
  };

  async function modelsIn(files: readonly ModelsFile[]): Promise<Transcripts> {
    // The copies are needed as long as the process lives, so they are never given back.
    const { paths } = await objects.materialise(files);
    const db = await duckDb();
    return openTranscripts(
      db,
      files.map(({ release, assemblies }, i) => ({ path: paths[i] as string, release, assemblies })),
    );
  }
}

interface Opening<T> {
  readonly open: () => Promise<T>;
  /** The next one who asks opens it anew, unless somebody has already. */
  readonly forget: (failed: Promise<T>) => void;
}

/** Opens something once for all who ask; what failed is tried again by the next. */
function sharedByKey() {
  const opened = new Map<string, Promise<unknown>>();
  const forget = (key: string, failed: Promise<unknown>): void => {
    if (opened.get(key) === failed) opened.delete(key);
  };
  const open = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const known = opened.get(key);
    if (known !== undefined) return known as Promise<T>;
    const found = work();
    opened.set(key, found);
    found.catch(() => forget(key, found));
    return found;
  };
  return { open, forget };
}

const namesOf = (files: readonly ReferenceFile[]): string => files.map(({ release }) => release).join(' + ');

/** Chromosomes are known from the list; which parts or other sequences a file has, only from its index. */
async function sequencesIn(file: SequenceFile, open: () => Promise<Sequences>): Promise<Sequences> {
  if (file.others > 0 || file.partial) return open();
  const chromosomes = new Set(file.chromosomes);
  return {
    release: file.release,
    has: (accession) => chromosomes.has(accession),
    length: async (accession) => (await open()).length(accession),
    sequence: async (accession, interval) => (await open()).sequence(accession, interval),
  };
}

async function openSequences(objects: ObjectStore, file: SequenceFile): Promise<Sequences> {
  const index: unknown = JSON.parse(Buffer.from(await checkedBytes(objects, file.index)).toString('utf8'));
  const ranged = objectFile(objects, file);
  const reader =
    file.format === 'twobit'
      ? await openTwoBit(ranged, index as TwoBitIndex)
      : await openFasta(ranged, index as FastaIndex);
  return sequencesOfFile(reader, file.assembly, { release: file.release });
}

/** The newest file of a direction serves; without one, the refusal says what to add. */
function chainsIn(files: readonly ChainsFile[], open: (file: ChainsFile) => Promise<ChainIndex>): Chains {
  return {
    release: namesOf(files),
    async between(from, to) {
      const file = files.find((one) => one.from === from && one.to === to);
      if (file !== undefined) return open(file);
      throw new CannotAnswerError(
        `no chains from ${from} to ${to} are loaded; add them with 'genomics reference add --chain FILE --from ${from} --to ${to}'`,
      );
    },
  };
}

function whenOpen(files: readonly ModelsFile[], { open, forget }: Opening<Transcripts>): Transcripts {
  // The local copies that the models are read from may be damaged: who finds that out is not to be the first of many.
  const using = async <T>(read: (transcripts: Transcripts) => Promise<T>): Promise<T> => {
    const opened = open();
    try {
      return await read(await opened);
    } catch (error) {
      forget(opened);
      throw error;
    }
  };
  return {
    release: namesOf(files),
    assemblies: ASSEMBLIES.filter((assembly) => files.some((file) => file.assemblies.includes(assembly))),
    models: (accession) => using((transcripts) => transcripts.models(accession)),
    versions: (accession) => using((transcripts) => transcripts.versions(accession)),
    ofGene: (gene) => using((transcripts) => transcripts.ofGene(gene)),
    ofProtein: (protein) => using((transcripts) => transcripts.ofProtein(protein)),
    overlapping: (interval) => using((transcripts) => transcripts.overlapping(interval)),
  };
}

const refuse = async (): Promise<never> => {
  throw new CannotAnswerError(
    "no transcript models are loaded; add RefSeq GFF3, cdot JSON or MANE with 'genomics reference add --transcripts FILE'",
  );
};
const NO_TRANSCRIPTS: Transcripts = {
  release: 'none',
  assemblies: [],
  models: refuse,
  versions: refuse,
  ofGene: refuse,
  ofProtein: refuse,
  overlapping: refuse,
};

/** A stored object as a file that is read in pieces. */
export function objectFile(objects: ObjectStore, object: ObjectReference & { readonly name: string }): RangedFile {
  return {
    name: object.name,
    read: async (length, position) =>
      objects.range(object, position, Math.max(0, Math.min(length, object.bytes - position))),
    size: async () => object.bytes,
    close: async () => undefined,
  };
}
