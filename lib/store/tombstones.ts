import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConflictError } from '../genomics/errors.ts';
import { subjectKey } from './layout.ts';
import type { ObjectStore } from './objects.ts';
import type { Table } from './table.ts';

/** Partition of the erased subjects; the sort key is the subject. */
const TOMBSTONE = 'TOMBSTONE';
/** Item of the subject's own partition, so that a question about one subject learns of it in its one read. */
export const ERASED = 'ERASED';
/** The same list as objects: it outlives a table that is restored from an older backup. */
const OBJECTS = 'tombstones/';

/** Subjects of whom nothing may be answered. One read; they are few. @throws UnavailableError */
export async function erasedSubjects(table: Table): Promise<ReadonlySet<string>> {
  return new Set((await table.query(TOMBSTONE)).map(({ sk }) => sk));
}

/** From the moment this returns, no new question sees the subject. @param folder empty, for a file on its way */
export async function writeTombstone(
  { table, objects }: { readonly table: Table; readonly objects: ObjectStore },
  subject: string,
  folder: string,
): Promise<void> {
  const written = Date.now();
  await table.putAll([
    { pk: subjectKey(subject), sk: ERASED, written },
    { pk: TOMBSTONE, sk: subject, written },
  ]);
  const path = join(folder, 'tombstone');
  await writeFile(path, '');
  await objects.publish(path, `${OBJECTS}${subject}`);
}

/** Subjects whose erasure the objects know of and the table does not: it was restored from before. @throws UnavailableError */
export async function unreplayed(table: Table, objects: ObjectStore): Promise<readonly string[]> {
  // The objects first: of an erasure that comes meanwhile the table is told before they are.
  const recorded = await erasedObjects(objects);
  if (recorded.length === 0) return [];
  const hidden = await erasedSubjects(table);
  return recorded.filter((subject) => !hidden.has(subject));
}

/** Subjects that the table or the objects say are erased. @throws UnavailableError */
export async function everErased(table: Table, objects: ObjectStore): Promise<readonly string[]> {
  return [...new Set([...(await erasedSubjects(table)), ...(await erasedObjects(objects))])].sort();
}

async function erasedObjects(objects: ObjectStore): Promise<readonly string[]> {
  const subjects: string[] = [];
  for await (const { key } of objects.list(OBJECTS)) subjects.push(key.slice(OBJECTS.length));
  return subjects;
}

/** The subject may be loaded again. */
export async function removeTombstone(
  { table, objects }: { readonly table: Table; readonly objects: ObjectStore },
  subject: string,
): Promise<void> {
  await objects.remove(`${OBJECTS}${subject}`);
  await table.removeAll([
    { pk: TOMBSTONE, sk: subject },
    { pk: subjectKey(subject), sk: ERASED },
  ]);
}

/**
 * By table and objects: a restored table may not know yet.
 *
 * @throws ConflictError when one of the subjects was erased; UnavailableError
 */
export async function checkNotErased(table: Table, objects: ObjectStore, subjects: Iterable<string>): Promise<void> {
  const erased = new Set(await everErased(table, objects));
  for (const subject of subjects) {
    if (erased.has(subject)) {
      throw new ConflictError(`the subject '${subject}' was erased; --readmit loads data of an erased subject again`);
    }
  }
}
