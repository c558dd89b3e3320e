import { createHash } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assembly, Chromosome } from '../../genomics/assembly.ts';
import { UnavailableError } from '../../genomics/errors.ts';
import type { Study, StudyFile, StudyFileKind, StudyInput } from '../../genomics/study.ts';
import { HEAD } from '../layout.ts';
import { checkedBytes, type ObjectReference, type ObjectStore } from '../objects.ts';
import type { Item, Table } from '../table.ts';
import { COHORT } from './changes.ts';

/** One immutable file of compacted rows. Bounds are as those of a study's file. */
export interface CohortFile
  extends ObjectReference,
    Pick<StudyFile, 'rows' | 'minStart0' | 'maxEnd0' | 'maxReach' | 'maxSlide'> {
  readonly kind: StudyFileKind;
  /** Absent for `genotypes`, which have no place. */
  readonly assembly?: Assembly;
  readonly chromosome?: Chromosome;
  /** `start0 / BIN_BASES`; 0 for kinds that are not cut into bins. */
  readonly bin: number;
}

/** What decides which questions an input answers, and what it could have seen. */
export interface InputFacts extends Pick<StudyInput, 'sourceClass' | 'changeTypes'> {
  /** Whether it states what it studied, so that what it did not see is known. */
  readonly stated: boolean;
  /** Whether its file states the consequences of every one of its variants. */
  readonly annotated: boolean;
  /** Number of the set of studied and uncallable regions that it shares; absent when it has none. */
  readonly panel?: number;
}

/** What many studies have in common. */
export interface StudyProfile {
  readonly assembly: Study['assembly'];
  readonly inputs: readonly InputFacts[];
}

/**
 * Everything a generation holds. Lists of equal length stand for tables, whose columns take a fraction of the room and
 * time as JSON.
 */
export interface Manifest {
  readonly schemaVersion: number;
  readonly generation: number;
  /** Numbers from here on are in no file of the generation. */
  readonly next: { readonly member: number; readonly study: number; readonly panel: number };
  readonly profiles: readonly StudyProfile[];
  /** Digest of each panel's regions, by number. */
  readonly panels: Readonly<Record<string, string>>;
  readonly studies: {
    readonly number: readonly number[];
    readonly id: readonly string[];
    readonly version: readonly number[];
    /** Index into `profiles`. */
    readonly profile: readonly number[];
  };
  /** Distinct sets of inputs that a subject has samples of: those of one specimen together. */
  readonly inputSets: readonly (readonly (readonly number[])[])[];
  /** Ascending by subject. */
  readonly members: {
    readonly number: readonly number[];
    readonly subject: readonly string[];
    /** Index into `studies`. */
    readonly study: readonly number[];
    /** Index into `inputSets`. */
    readonly inputs: readonly number[];
  };
  readonly files: readonly CohortFile[];
}

/** 2: genotypes, stated consequences and specimens, without which no answer can be given. */
export const SCHEMA_VERSION = 2;

/** Whether questions can be answered from a generation. An older one is as none: the studies' own files are read. */
export const isReadable = ({ schemaVersion }: Manifest): boolean => schemaVersion === SCHEMA_VERSION;

/** The generation that questions read: the one item that makes it visible. */
export interface GenerationHead extends ObjectReference {
  readonly generation: number;
  /** Epoch milliseconds of the write. */
  readonly written: number;
}

/** One strongly consistent read; undefined before the first compaction. @throws UnavailableError */
export async function readGenerationHead(table: Table): Promise<GenerationHead | undefined> {
  const item = await table.get({ pk: COHORT, sk: HEAD });
  return item === undefined ? undefined : headOf(item);
}

/** Reads and parses a manifest, which may be large: keep it. @throws UnavailableError */
export async function readManifest(objects: ObjectStore, head: ObjectReference): Promise<Manifest> {
  // Not as a file: a large object may be left where only DuckDB reads it.
  const bytes = await checkedBytes(objects, head);
  try {
    const manifest = JSON.parse(Buffer.from(bytes).toString('utf8')) as Manifest;
    if (!(manifest.schemaVersion <= SCHEMA_VERSION)) throw new Error(`schema version ${manifest.schemaVersion}`);
    return manifest;
  } catch (cause) {
    throw new UnavailableError('the list of the compacted copy could not be read', undefined, { cause });
  }
}

/** Stores a manifest under its key. @param folder for the file on its way */
export async function storeManifest(
  objects: ObjectStore,
  manifest: Manifest,
  key: string,
  folder: string,
): Promise<ObjectReference> {
  const path = join(folder, 'manifest.json');
  const text = JSON.stringify(manifest);
  await writeFile(path, text);
  const bytes = (await stat(path)).size;
  await objects.publish(path, key);
  return { key, bytes, sha256: createHash('sha256').update(text).digest('hex') };
}

/**
 * Makes a generation visible by one conditional write, unless another one was made meanwhile. What it replaces is noted
 * before, for `sweep`: questions that began before the write go on reading it.
 */
export async function commitGeneration(
  table: Table,
  manifest: ObjectReference,
  generation: number,
  before: GenerationHead | undefined,
): Promise<boolean> {
  const written = Date.now();
  if (before !== undefined) {
    await table.putAll([{ ...itemOf(before), sk: `${RETIRED}${before.generation}`, written }]);
  }
  const item = itemOf({ ...manifest, generation, written });
  const won = await table.putIf(item, { version: before?.generation });
  // A retried write may find that its first attempt had arrived after all.
  return won || (await table.get(item))?.['key'] === manifest.key;
}

const RETIRED = 'RETIRED#';

/** Generations that were replaced, with the time of that. @throws UnavailableError */
export async function retiredGenerations(table: Table): Promise<readonly (GenerationHead & { readonly item: Item })[]> {
  return (await table.query(COHORT, RETIRED)).map((item) => ({ ...headOf(item), item }));
}

function itemOf({ key, bytes, sha256, generation, written }: GenerationHead): Item {
  return { pk: COHORT, sk: HEAD, version: generation, key, bytes, sha256, written };
}

function headOf(item: Item): GenerationHead {
  return {
    generation: Number(item['version']),
    key: String(item['key']),
    bytes: Number(item['bytes']),
    sha256: String(item['sha256']),
    written: Number(item['written']),
  };
}
