import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StudySample } from '../genomics/study.ts';
import type { CommittedStudy } from '../ingest/ports.ts';
import { headsAgree, type ObjectInfo, type ObjectStore } from './objects.ts';
import { type Doomed, isRemoved } from './purge.ts';

/**
 * Versions of studies that erasures have written anew, as objects: an erasure removes the files that held the subject, so
 * that a table restored from before it names files that are gone. These records name the ones that took their place.
 */
export const REWRITTEN_OBJECTS = 'rewritten/';

type Recorded = Omit<CommittedStudy, 'subjects'> & {
  readonly subjects: readonly (readonly [string, readonly StudySample[]])[];
};

const prefixOf = (study: string): string => `${REWRITTEN_OBJECTS}${study}/`;

/** The study that a record is of. */
export const studyOfRecord = (key: string): string => key.split('/')[1] ?? '';

/** Keeps a version that is about to be committed. @param folder for the file on its way */
export async function recordRewritten(objects: ObjectStore, next: CommittedStudy, folder: string): Promise<void> {
  const record: Recorded = { ...next, subjects: [...next.subjects] };
  const path = join(folder, 'rewritten.json');
  await writeFile(path, JSON.stringify(record));
  await objects.publish(path, `${prefixOf(next.study.id)}${next.study.version}-${randomBytes(6).toString('hex')}.json`);
}

/** The latest record of a study that names nobody who is erased and whose files are all there. @throws UnavailableError */
export async function rewrittenVersion(
  objects: ObjectStore,
  study: string,
  erased: ReadonlySet<string>,
): Promise<CommittedStudy | undefined> {
  const found: { readonly modified: Date; readonly record: Recorded }[] = [];
  for await (const object of objects.list(prefixOf(study))) {
    const record = await read(objects, object);
    if (!names(record, erased) && (await headsAgree(objects, record.files))) {
      found.push({ modified: object.modified, record });
    }
  }
  const latest = found.toSorted((a, b) => a.modified.getTime() - b.modified.getTime()).at(-1)?.record;
  return latest && { ...latest, subjects: new Map(latest.subjects) };
}

/** All records that name someone who is erased, of deleted studies too, and what was removed of any. @throws UnavailableError */
export async function rewrittenNaming(objects: ObjectStore, erased: ReadonlySet<string>): Promise<Doomed> {
  const naming = new Set<string>();
  for await (const object of objects.list(REWRITTEN_OBJECTS)) {
    if (names(await read(objects, object), erased)) naming.add(object.key);
  }
  return { prefix: REWRITTEN_OBJECTS, isDoomed: (version) => isRemoved(version) || naming.has(version.key) };
}

const names = ({ subjects }: Recorded, erased: ReadonlySet<string>): boolean =>
  subjects.some(([subject]) => erased.has(subject));

async function read(objects: ObjectStore, { key, bytes }: ObjectInfo): Promise<Recorded> {
  return JSON.parse(
    Buffer.from(await objects.range({ key, bytes, sha256: '' }, 0, bytes)).toString('utf8'),
  ) as Recorded;
}
