import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StudyFile, StudySample } from '../genomics/study.ts';
import { readGenerationHead } from './cohort/generation.ts';
import { COHORT_OBJECTS } from './cohort/partition.ts';
import { cohortNames, objectsOf as generationObjects } from './cohort/sweep.ts';
import type { DuckDb } from './duckdb.ts';
import { type KnowledgeFile, knowledgeFileItems, readKnowledge, readKnowledgeFiles } from './knowledge-catalogue.ts';
import { HEAD, type Head, headOf, pointerKey, readList, readStudy, STUDIES } from './layout.ts';
import type { ObjectInfo, ObjectReference, ObjectStore, ObjectVersion } from './objects.ts';
import { objectsOf, readCatalogue } from './reference-catalogue.ts';
import { REWRITTEN_OBJECTS, studyOfRecord } from './rewritten.ts';
import type { Item, Key, Table } from './table.ts';

/** Something of a READY study, or of the reference data, that is not as the metadata says. */
interface Problem {
  /** `reference`, `cohort` (the compacted copy) or `knowledge SOURCE RELEASE`: these belong to no study. */
  readonly study: string;
  /** Key of the file at fault; absent when the metadata is. */
  readonly key?: string;
  readonly problem: string;
}

export interface VerifyReport {
  readonly studies: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly problems: readonly Problem[];
}

export interface VerifyParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  readonly duckDb: () => Promise<DuckDb>;
}

const PIECE_BYTES = 8 * 1_048_576;

/**
 * Re-reads every file of every READY study against its size, SHA-256 and row count, and looks for every pointer; then
 * every reference and compacted file against its size and SHA-256, and every file of every knowledge release.
 */
export async function verifyArchive({ table, objects, duckDb }: VerifyParts): Promise<VerifyReport> {
  const total = { studies: 0, files: 0, rows: 0, bytes: 0 };
  const problems: Problem[] = [];
  for (const { sk: id } of await table.query(STUDIES)) {
    const head = await readHead(table, id);
    if (head?.status !== 'READY') continue;
    total.studies++;
    const note = (problem: string, key?: string): void => {
      problems.push({ study: id, problem, ...(key === undefined ? {} : { key }) });
    };
    const files = await attempt(() => checkMetadata(table, head, note), note);
    for (const file of files ?? []) {
      const wrong = await attempt(
        () => checkFile(objects, duckDb, file),
        (problem) => note(problem, file.key),
      );
      if (wrong !== undefined) note(wrong, file.key);
      total.files++;
      total.rows += file.rows;
      total.bytes += file.bytes;
    }
  }
  const { files } = await readCatalogue(table);
  const generation = await readGenerationHead(table);
  const noteList = (problem: string): void => {
    problems.push({ study: 'cohort', problem, ...(generation === undefined ? {} : { key: generation.key }) });
  };
  const compacted =
    generation === undefined ? [] : ((await attempt(() => generationObjects(objects, generation), noteList)) ?? []);
  for (const object of [...files.flatMap(objectsOf), ...compacted]) {
    const note = (problem: string): void => {
      problems.push({
        study: object.key.startsWith(COHORT_OBJECTS) ? 'cohort' : 'reference',
        problem,
        key: object.key,
      });
    };
    const wrong = await attempt(() => checkObject(objects, object), note);
    if (wrong !== undefined) note(wrong);
    total.files++;
    total.bytes += object.bytes;
  }
  for (const release of (await readKnowledge(table)).releases) {
    const note = (problem: string, key?: string): void => {
      const study = `knowledge ${release.source} ${release.release}`;
      problems.push({ study, problem, ...(key === undefined ? {} : { key }) });
    };
    for (const file of (await attempt(() => readKnowledgeFiles(table, release), note)) ?? []) {
      const wrong = await attempt(
        () => (file.kind === 'payload' ? checkObject(objects, file) : checkFile(objects, duckDb, file)),
        (problem) => note(problem, file.key),
      );
      if (wrong !== undefined) note(wrong, file.key);
      total.files++;
      total.rows += file.rows;
      total.bytes += file.bytes;
    }
  }
  return { ...total, problems };
}

/** Reads an object piece by piece: a genome is larger than the cache for whole objects. */
async function checkObject(objects: ObjectStore, object: ObjectReference): Promise<string | undefined> {
  const hash = createHash('sha256');
  for (let at = 0; at < object.bytes; at += PIECE_BYTES) {
    hash.update(await objects.range(object, at, Math.min(PIECE_BYTES, object.bytes - at)));
  }
  return hash.digest('hex') === object.sha256 ? undefined : 'has another checksum';
}

/** A failed read is a finding, not the end of the check. */
async function attempt<T>(work: () => Promise<T>, note: (problem: string) => void): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    note(cause instanceof Error ? cause.message : String(cause));
    return undefined;
  }
}

async function readHead(table: Table, id: string): Promise<Head | undefined> {
  const item = await table.get({ pk: `STUDY#${id}`, sk: HEAD });
  return item === undefined ? undefined : headOf(item);
}

async function checkMetadata(table: Table, head: Head, note: (problem: string) => void): Promise<readonly StudyFile[]> {
  const { study, version, token } = head;
  const { inputs, subjects: count } = await readStudy(table, head);
  const subjects = await readList<[string, StudySample[]]>(table, study.id, 'SUBJECTS', head);
  if (subjects.length !== count) note(`names ${subjects.length} subjects, not ${count}`);
  const keys = subjects.map(([subject]) => pointerKey(subject, study.id, version, token));
  const pointers = await table.getAll(keys);
  if (pointers.length !== keys.length) note(`${keys.length - pointers.length} subjects do not point to it`);
  const files = await readList<StudyFile>(table, study.id, 'FILES', head);
  if (files.some(({ input }) => inputs[input] === undefined)) note('a file belongs to no input');
  return files;
}

/** What is wrong with a file, or undefined. */
async function checkFile(
  objects: ObjectStore,
  duckDb: () => Promise<DuckDb>,
  file: ObjectReference & { readonly rows: number },
): Promise<string | undefined> {
  const copies = await objects.materialise([file]);
  try {
    const [path] = copies.paths as [string];
    const wrong = await checkObject(objects, file);
    if (wrong !== undefined) return wrong;
    const sql = 'SELECT sum(num_rows)::DOUBLE AS rows FROM parquet_file_metadata($files)';
    for await (const chunk of (await duckDb()).chunks(sql, { files: { strings: [path] } })) {
      const rows = Number(chunk.getColumnValues(0)[0]);
      if (rows !== file.rows) return `has ${rows} rows, not ${file.rows}`;
    }
    return undefined;
  } finally {
    copies.release();
  }
}

export interface SweepLimits {
  /** Younger things stay: an ingest may be writing them, a query may be reading them. */
  readonly olderThanHours: number;
}

export interface SweepReport {
  readonly objects: number;
  readonly bytes: number;
  readonly items: number;
  readonly stages: number;
}

export interface SweepParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  /** Folder of unfinished ingests; absent in AWS, where they live in `/tmp`. */
  readonly staging?: string;
}

/** What of these is removed goes with all versions: it can be made anew, or is of no use to a restored table. */
const FOR_GOOD = [COHORT_OBJECTS, REWRITTEN_OBJECTS];

/**
 * Days for which a pointer outlives the files that it led to: an erasure finds by it whatever can still be had back, which
 * is for 35 days (lib/stacks/data-stack.ts).
 */
const POINTER_DAYS = 40;

/**
 * Removes files, items and unfinished ingests that neither a READY study nor the lists of reference files and knowledge name and that
 * are older than the limit.
 */
export async function sweep({ table, objects, staging }: SweepParts, limits: SweepLimits): Promise<SweepReport> {
  const before = Date.now() - limits.olderThanHours * 3_600_000;
  // Objects are listed first: what is committed after that is either not in the list or named by its study below.
  const candidates: (ObjectInfo | ObjectVersion)[] = [];
  const listed = ['studies/', 'reference/', 'knowledge/'].map((prefix) => objects.list(prefix));
  for (const list of [...listed, ...FOR_GOOD.map((prefix) => objects.versions(prefix))]) {
    for await (const object of list) if (object.modified.getTime() <= before) candidates.push(object);
  }
  const { kept, stale, swept } = await namedFiles(table, before, objects.keepsVersions);
  for (const { key } of candidates.filter((one) => one.key.startsWith(REWRITTEN_OBJECTS))) {
    if ((await readHead(table, studyOfRecord(key)))?.status === 'READY') kept.add(key);
  }
  const { files, written } = await readCatalogue(table);
  for (const { key } of files.flatMap(objectsOf)) kept.add(key);
  const knowledge = await namedKnowledge(table, before);
  for (const key of knowledge.kept) kept.add(key);
  stale.push(...knowledge.stale);
  const cohort = await cohortNames(table, objects, before);
  for (const key of cohort.kept) kept.add(key);
  stale.push(...cohort.stale);
  // What was replaced a moment ago may still be read by a query that began before; the list does not say what it was.
  const settled = ({ key }: Pick<ObjectInfo, 'key'>): boolean => !key.startsWith('reference/') || written <= before;
  const removed = candidates.filter((object) => !kept.has(object.key) && settled(object));
  for (const object of removed) await ('current' in object ? objects.purge(object) : objects.remove(object.key));
  await table.putAll(swept);
  await table.removeAll(stale);
  return {
    objects: new Set(removed.map(({ key }) => key)).size,
    bytes: removed.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    items: stale.length,
    stages: staging === undefined ? 0 : await removeStages(staging, before),
  };
}

/** The same for knowledge: what was removed or replaced a moment ago may still be read by a query that began before. */
async function namedKnowledge(table: Table, before: number): Promise<{ kept: Set<string>; stale: Key[] }> {
  const items = await knowledgeFileItems(table);
  // Read after the lists, so that a release that came meanwhile is named.
  const { releases, written } = await readKnowledge(table);
  const named = new Set(releases.map(({ token }) => token));
  const kept = new Set<string>();
  const stale: Key[] = [];
  for (const item of items) {
    const recent = Number(item['written']) > before || written > before;
    if (!named.has(String(item['token'])) && !recent) stale.push({ pk: item.pk, sk: item.sk });
    else for (const { key } of JSON.parse(String(item['body'])) as KnowledgeFile[]) kept.add(key);
  }
  return { kept, stale };
}

/**
 * Keys of files to keep, and items to remove: those of no current version. `swept` are pointers to write anew: from now on
 * what they lead to is removed.
 */
async function namedFiles(
  table: Table,
  before: number,
  keepsVersions: boolean,
): Promise<{ kept: Set<string>; stale: Key[]; swept: Item[] }> {
  const items: Item[] = [];
  for await (const item of table.scan()) if (item.sk !== HEAD) items.push(item);
  // HEADs are read after the lists: a version that was committed meanwhile is current, and its lists are kept.
  const heads = new Map<string, Head>();
  for (const { sk: id } of await table.query(STUDIES)) {
    const head = await readHead(table, id);
    if (head !== undefined) heads.set(id, head);
  }
  const kept = new Set<string>();
  const stale: Key[] = [];
  const swept: Item[] = [];
  const now = Date.now();
  for (const head of heads.values()) {
    if (head.status !== 'READY') continue;
    for (const { key } of await readList<StudyFile>(table, head.study.id, 'FILES', head)) kept.add(key);
  }
  for (const item of items) {
    const part = partOf(item);
    if (part === undefined) continue;
    const head = heads.get(part.study);
    const current = head?.status === 'READY' && head.version === part.version && head.token === part.token;
    const recent = Number(item['written']) > before || (head !== undefined && head.written > before);
    if (!current && !recent) {
      const since = Number(item['swept'] ?? now);
      const isOver = part.name !== 'POINTER' || !keepsVersions || now - since > POINTER_DAYS * 24 * 3_600_000;
      if (isOver) stale.push({ pk: item.pk, sk: item.sk });
      else if (item['swept'] === undefined) swept.push({ ...item, swept: now });
    }
    // A version replaced a moment ago may still be read by a query that began before.
    else if (part.name === 'FILES')
      for (const file of JSON.parse(String(item['body'])) as StudyFile[]) kept.add(file.key);
  }
  return { kept, stale, swept };
}

/** Which version an item is a part of; undefined for items of no version. */
function partOf(item: Item): { study: string; version: number; token: string; name: string } | undefined {
  if (item.pk.startsWith('SUBJECT#') && item['token'] !== undefined) {
    return {
      study: String(item['study']),
      version: Number(item['version']),
      token: String(item['token']),
      name: 'POINTER',
    };
  }
  const [, name, version, token] = /^(FILES|SUBJECTS|INPUTS)#(\d+)#([^#]+)#\d+$/.exec(item.sk) ?? [];
  if (name === undefined || version === undefined || token === undefined || !item.pk.startsWith('STUDY#'))
    return undefined;
  return { study: item.pk.slice('STUDY#'.length), version: Number(version), token, name };
}

async function removeStages(staging: string, before: number): Promise<number> {
  const names = await readdir(staging).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  let removed = 0;
  for (const name of names) {
    const path = join(staging, name);
    if ((await newest(path)) > before) continue;
    await rm(path, { recursive: true, force: true });
    removed++;
  }
  return removed;
}

/** Latest change of a folder or of anything in it, in epoch milliseconds. */
async function newest(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true });
  const times = await Promise.all(
    [path, ...names.map((name) => join(path, name))].map(async (each) => (await stat(each)).mtimeMs),
  );
  return Math.max(...times);
}
