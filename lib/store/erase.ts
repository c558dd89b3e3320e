import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { NotFoundError } from '../genomics/errors.ts';
import type { StudyFile } from '../genomics/study.ts';
import type { CommittedStudy } from '../ingest/ports.ts';
import type { JobStore } from '../operations/jobs.ts';
import { INCOMING } from '../pipeline/manifest.ts';
import { subjectUploads } from '../pipeline/subject-uploads.ts';
import { deletionItem } from './cohort/changes.ts';
import { compactedRowsOf } from './cohort/members.ts';
import { COHORT_OBJECTS } from './cohort/partition.ts';
import { openDuckDb } from './duckdb.ts';
import { JOB_OBJECTS } from './job-store.ts';
import { type Head, headItem, headKey, headOf, subjectKey } from './layout.ts';
import { headsAgree, type ObjectStore } from './objects.ts';
import { type Doomed, doomedVersions, isRemoved, purge } from './purge.ts';
import { recordRewritten, rewrittenNaming, rewrittenVersion } from './rewritten.ts';
import type { Column } from './schema.ts';
import type { StudyArchive } from './study-archive.ts';
import type { Item, Table } from './table.ts';
import { ERASED, erasedSubjects, everErased, writeTombstone } from './tombstones.ts';
import { literal, writeParquet } from './write-parquet.ts';

export interface EraseParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  readonly archive: StudyArchive;
  readonly jobs: Pick<JobStore, 'cancelAll'>;
  /** A new, empty folder on the local disk; removed at the end. */
  readonly stage: () => Promise<string>;
}

/** What was removed, and what is left: the proof of an erasure. */
export interface ErasureReport {
  readonly subject: string;
  /** Studies of this subject alone. */
  readonly studiesDeleted: number;
  /** Studies of others too, of which a version without the subject was made. */
  readonly studiesRewritten: number;
  readonly filesRewritten: number;
  readonly rowsRemoved: number;
  /** Files, of all versions, that held the subject or stood beside those that did. */
  readonly objectsRemoved: number;
  /** Uploads that held or named the subject. */
  readonly uploadsRemoved: number;
  /** Versions of these files and uploads, and markers of earlier removals, removed for good. */
  readonly versionsRemoved: number;
  /** The same, counted again afterwards: 0. */
  readonly versionsLeft: number;
  /** Uploads that can't be read, of which nobody says whose they are: somebody has to look. */
  readonly uploadsUnread: readonly string[];
  /** Records of the subject, and lists of old versions of its studies. */
  readonly itemsRemoved: number;
  /** Questions to be answered later, of whomever: all were ended, because any answer may hold the subject. */
  readonly jobsCancelled: number;
  /** Rows of the subject counted afterwards in the studies that are left: 0. */
  readonly rowsLeft: number;
  /** Rows in the compacted copy and in earlier ones, answered to no one; the next compaction and sweep remove them. */
  readonly compactedRows: number;
}

const MEMORY_BYTES = 256 * 1_048_576;

/**
 * Erases a subject. A tombstone hides all of it from every question at once; then the files that hold it are removed or
 * written anew without it. Every step may be repeated: an erasure that was interrupted is finished by the next one.
 *
 * @throws NotFoundError when the archive has never heard of the subject; ConflictError when one of its studies changes
 * meanwhile; UnavailableError
 */
export async function eraseSubject(parts: EraseParts, subject: string): Promise<ErasureReport> {
  const { table, objects } = parts;
  const known = (await table.query(subjectKey(subject))).length > 0;
  if (!known && !(await everErased(table, objects)).includes(subject)) {
    throw new NotFoundError(`the archive has never heard of subject '${subject}'`);
  }
  const staging = await parts.stage();
  const database = await openDuckDb({ memoryBytes: MEMORY_BYTES, threads: 1, temporary: join(staging, 'spill') });
  try {
    await writeTombstone({ table, objects }, subject, staging);
    // After the tombstone: who asks from here on is not told of the subject.
    const jobsCancelled = await parts.jobs.cancelAll();
    const connection = await database.connect();
    const total = { studiesDeleted: 0, studiesRewritten: 0, filesRewritten: 0, rowsRemoved: 0, objectsRemoved: 0 };
    let [itemsRemoved, rowsLeft, versionsRemoved] = [0, 0, 0];
    const doomed: Doomed[] = [];
    const remove = async (those: Doomed): Promise<number> => {
      const { keys, versions } = await purge(objects, those);
      doomed.push(those);
      versionsRemoved += versions;
      return keys.size;
    };
    const items = await table.query(subjectKey(subject));
    for (const id of new Set(items.flatMap((item) => (item['study'] === undefined ? [] : [String(item['study'])])))) {
      const removed = await eraseFromStudy(connection, parts, id, subject, staging);
      total.studiesDeleted += Number(removed.deleted);
      total.studiesRewritten += Number(removed.rewritten);
      total.filesRewritten += removed.files;
      total.rowsRemoved += removed.rows;
      total.objectsRemoved += await remove(await oldFiles(parts, id));
      itemsRemoved += await clearOldLists(parts, id);
      rowsLeft += await rowsOf(connection, parts, id, subject);
    }
    total.objectsRemoved += await remove(await rewrittenNaming(objects, await erasedSubjects(table)));
    // What was removed of these is of no use to a restored table, and may hold the subject.
    for (const prefix of [COHORT_OBJECTS, JOB_OBJECTS]) {
      total.objectsRemoved += await remove({ prefix, isDoomed: isRemoved });
    }
    const uploads = await subjectUploads(objects, subject, staging);
    const uploadsRemoved = await remove({ prefix: INCOMING, isDoomed: ({ key }) => uploads.keys.has(key) });
    let versionsLeft = 0;
    for (const those of doomed) versionsLeft += (await doomedVersions(objects, those)).length;
    const own = (await table.query(subjectKey(subject))).filter(({ sk }) => sk !== ERASED);
    await table.removeAll(own);
    const compactedRows = await compactedRowsOf({ table, objects }, connection, subject);
    connection.closeSync();
    return {
      subject,
      ...total,
      uploadsRemoved,
      versionsRemoved,
      versionsLeft,
      uploadsUnread: uploads.unread,
      itemsRemoved: itemsRemoved + own.length,
      jobsCancelled,
      rowsLeft,
      compactedRows,
    };
  } finally {
    database.close();
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * Erases again whoever was erased: after a restore, the table may know nothing of it. All are hidden before the first file
 * is touched.
 *
 * @throws as {@link eraseSubject}
 */
export async function replayErasures(parts: EraseParts): Promise<readonly ErasureReport[]> {
  const subjects = await everErased(parts.table, parts.objects);
  const folder = await parts.stage();
  try {
    for (const subject of subjects) await writeTombstone(parts, subject, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const reports: ErasureReport[] = [];
  for (const subject of subjects) reports.push(await eraseSubject(parts, subject));
  return reports;
}

interface Removed {
  readonly deleted: boolean;
  readonly rewritten: boolean;
  readonly files: number;
  readonly rows: number;
}

const NOTHING: Removed = { deleted: false, rewritten: false, files: 0, rows: 0 };

/** Makes the current version of a study one without the subject, and without whoever else is erased. */
async function eraseFromStudy(
  connection: DuckDBConnection,
  parts: EraseParts,
  id: string,
  subject: string,
  staging: string,
): Promise<Removed> {
  const { table, archive } = parts;
  const version = await archive.nextVersion(id);
  const committed = await archive.study(id);
  if (committed === undefined || !committed.subjects.has(subject)) return NOTHING;
  const erased = await erasedSubjects(table);
  const leaving = [...committed.subjects.keys()].filter((one) => erased.has(one));
  const rows = committed.files.reduce((sum, file) => sum + file.rows, 0);
  if (leaving.length === committed.subjects.size) {
    await archive.remove(id);
    return { deleted: true, rewritten: false, files: 0, rows };
  }
  if (!(await headsAgree(parts.objects, committed.files))) {
    // The table was restored from before an erasure that removed them.
    const rewritten = await rewrittenVersion(parts.objects, id, erased);
    if (rewritten !== undefined) {
      await archive.commit({ ...rewritten, study: { ...rewritten.study, version } });
      const left = rewritten.files.reduce((sum, file) => sum + file.rows, 0);
      return { deleted: false, rewritten: true, files: rewritten.files.length, rows: rows - left };
    }
  }
  const prefix = `studies/${id}/v=${version}-${randomBytes(4).toString('hex')}`;
  const files: StudyFile[] = [];
  let changed = 0;
  for (const file of committed.files) {
    const next = await withoutSubjects(connection, parts, file, leaving, prefix, staging);
    if (next !== undefined) files.push(next);
    if (next !== file) changed++;
  }
  const next = { ...nextVersion(committed, leaving, version), files };
  await recordRewritten(parts.objects, next, staging);
  await archive.commit(next);
  const left = files.reduce((sum, file) => sum + file.rows, 0);
  return { deleted: false, rewritten: true, files: changed, rows: rows - left };
}

function nextVersion(
  { study, subjects }: CommittedStudy,
  leaving: readonly string[],
  version: number,
): Omit<CommittedStudy, 'files'> {
  const left = new Map([...subjects].filter(([subject]) => !leaving.includes(subject)));
  return {
    study: { ...study, version, subjects: left.size, committed: new Date().toISOString() },
    subjects: left,
  };
}

/** The same file when no row leaves it; undefined when no row is left. */
async function withoutSubjects(
  connection: DuckDBConnection,
  { objects }: EraseParts,
  file: StudyFile,
  leaving: readonly string[],
  prefix: string,
  staging: string,
): Promise<StudyFile | undefined> {
  const { subjects, key } = file;
  if (subjects !== undefined && !leaving.some((one) => subjects.first <= one && one <= subjects.last)) return file;
  const copies = await objects.materialise([file]);
  try {
    const from = `read_parquet(${literal(copies.paths[0] as string)}, hive_partitioning = false, file_row_number = true)`;
    const columns = await columnsOf(connection, from);
    if (!columns.some(({ name }) => name === 'subject')) return file;
    const leaves = `subject IN (${leaving.map(literal).join(', ')})`;
    const counted = await connection.runAndReadAll(`SELECT count(*)::DOUBLE FROM ${from} WHERE ${leaves}`);
    const removed = Number(counted.getRows()[0]?.[0]);
    if (removed === 0) return file;
    if (removed === file.rows) return undefined;
    const stay = `FROM ${from} WHERE ${leaves} IS NOT TRUE`;
    const sql = `SELECT ${columns.map(({ name }) => `"${name}"`).join(', ')} ${stay} ORDER BY file_row_number`;
    const { path, ...written } = await writeParquet(connection, sql, join(staging, 'file.parquet'), columns);
    if (written.rows !== file.rows - removed) {
      throw new Error(`${file.rows} rows without ${removed} should not be ${written.rows}`);
    }
    const next = { ...file, ...written, key: `${prefix}/${key.split('/').slice(3).join('/')}` };
    await objects.publish(path, next.key);
    if (subjects === undefined) return next;
    const range = await connection.runAndReadAll(`SELECT min(subject), max(subject) ${stay}`);
    const [first, last] = range.getRows()[0] as [string, string];
    return { ...next, subjects: { first, last } };
  } finally {
    copies.release();
  }
}

async function columnsOf(connection: DuckDBConnection, from: string): Promise<Column[]> {
  const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`);
  return reader
    .getRows()
    .map(([name, type]): Column => ({ name: String(name), type: String(type) as Column['type'], doc: '' }))
    .filter(({ name }) => name !== 'file_row_number');
}

/** All files of a study, of every version, but those that its READY version has. */
async function oldFiles({ archive }: EraseParts, id: string): Promise<Doomed> {
  const kept = new Set((await archive.study(id))?.files.map(({ key }) => key));
  return { prefix: `studies/${id}/`, isDoomed: ({ key }) => !kept.has(key) };
}

/**
 * Removes all lists of a study but those of its READY version, and what a deleted one said of its inputs.
 *
 * @returns how many
 */
async function clearOldLists({ table, archive }: EraseParts, id: string): Promise<number> {
  const item = await table.get(headKey(id));
  if (item === undefined) return 0;
  const head = headOf(item);
  const current = head.status === 'READY' && (await archive.study(id)) !== undefined;
  if (!current) await forgetInputs(table, head);
  const lists = (await table.query(item.pk)).filter((one) => one.sk !== item.sk && !(current && isOf(one, head)));
  await table.removeAll(lists);
  return lists.length;
}

/** Whether an item is a list of the version that HEAD names: `FILES#version#token#n`. */
function isOf({ sk }: Item, { version, token }: Head): boolean {
  const [, number, drawn] = sk.split('#');
  return Number(number) === version && drawn === token;
}

/** A deleted study goes on counting its versions; whose files it was made of is forgotten. */
async function forgetInputs(table: Table, head: Head): Promise<void> {
  await table.putAll([deletionItem(head.study.id, head.version)]);
  await table.putIf(
    headItem({ ...head, chunks: { ...head.chunks, INPUTS: 0 }, study: { ...head.study, inputs: [] } }),
    {
      version: head.version,
      status: 'DELETED',
    },
  );
}

async function rowsOf(
  connection: DuckDBConnection,
  { objects, archive }: EraseParts,
  id: string,
  subject: string,
): Promise<number> {
  let rows = 0;
  for (const file of (await archive.study(id))?.files ?? []) {
    const copies = await objects.materialise([file]);
    try {
      const from = `read_parquet(${literal(copies.paths[0] as string)}, hive_partitioning = false)`;
      if (!(await columnsOf(connection, from)).some(({ name }) => name === 'subject')) continue;
      const reader = await connection.runAndReadAll(
        `SELECT count(*)::DOUBLE FROM ${from} WHERE subject = ${literal(subject)}`,
      );
      rows += Number(reader.getRows()[0]?.[0]);
    } finally {
      copies.release();
    }
  }
  return rows;
}
