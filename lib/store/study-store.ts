import { UnavailableError } from '../genomics/errors.ts';
import type { Study, StudyFile, StudySample, SubjectStudy } from '../genomics/study.ts';
import type { StudyStore } from '../operations/ports.ts';
import { boundedCache } from './bounded-cache.ts';
import { type Head, headKey, headOf, REGISTERED, readList, readStudy, subjectKey } from './layout.ts';
import type { Item, Table } from './table.ts';
import { ERASED } from './tombstones.ts';

/** Studies of subjects, and the files of studies. */
export interface DynamoStudyStore extends StudyStore {
  /** The file list of a committed version. @throws UnavailableError */
  files(study: Study): Promise<readonly StudyFile[]>;
}

/** File lists are kept up to this many files: about 400 bytes each. */
const CACHED_FILES = 50_000;
/** Inputs that HEAD does not hold are kept up to this many. */
const CACHED_INPUTS = 20_000;
/** FHIR's id: ingest refuses every other subject, so that none can be stored. */
const SUBJECT_ID = /^[A-Za-z0-9\-.]{1,64}$/;

export function dynamoStudyStore(table: Table): DynamoStudyStore {
  // A committed version never changes: what was read once stays true.
  const files = boundedCache<readonly StudyFile[]>(CACHED_FILES, (list) => list.length + 1);
  const studies = boundedCache<Study>(CACHED_INPUTS, (study) => study.inputs.length + 1);
  const heads = boundedCache<Head>(10_000, () => 1);

  return {
    async subject(subject) {
      if (!SUBJECT_ID.test(subject)) return undefined;
      const items = await table.query(subjectKey(subject));
      const [ready, current] = await readyPointers(table, subject, items);
      if (current.some(({ sk }) => sk === ERASED)) return undefined;
      if (ready.length === 0 && !current.some(({ sk }) => sk === REGISTERED)) return undefined;
      const found = await Promise.all(ready.map(subjectStudy));
      return { subject, studies: found.sort(byTestDate) };
    },

    async files(study) {
      const name = nameOf(study.id, study.version);
      const cached = files.get(name);
      if (cached !== undefined) return cached;
      const head = heads.get(name) ?? (await currentHead(study));
      const list = await readList<StudyFile>(table, study.id, 'FILES', head);
      files.set(name, list);
      return list;
    },
  };

  async function subjectStudy({ head, samples }: ReadyPointer): Promise<SubjectStudy> {
    const name = nameOf(head.study.id, head.version);
    heads.set(name, head);
    const study = studies.get(name) ?? (await readStudy(table, head));
    studies.set(name, study);
    return { study, samples };
  }

  async function currentHead(study: Study): Promise<Head> {
    const item = await table.get(headKey(study.id));
    const head = item === undefined ? undefined : headOf(item);
    if (head?.version !== study.version) throw new UnavailableError('a study changed while it was being read');
    return head;
  }
}

const nameOf = (id: string, version: number): string => `${version}#${id}`;

interface ReadyPointer {
  readonly head: Head;
  readonly samples: readonly StudySample[];
}

/**
 * The pointers that a READY HEAD names, and the subject's items they were chosen from.
 *
 * A version may be committed between reading the pointers and reading the HEADs: the HEAD then names a pointer that
 * was not seen. Pointers are written before HEAD, so that a second reading shows it if it exists at all.
 */
async function readyPointers(
  table: Table,
  subject: string,
  items: readonly Item[],
): Promise<[ReadyPointer[], readonly Item[]]> {
  const ids = [
    ...new Set(items.filter(({ sk }) => sk !== REGISTERED && sk !== ERASED).map((item) => String(item['study']))),
  ];
  const heads = (ids.length === 0 ? [] : await table.getAll(ids.map(headKey))).map(headOf);
  const ready = heads.filter(({ status }) => status === 'READY');
  const named = ready.flatMap((head) => pointerOf(head, items) ?? []);
  if (named.length === ready.length) return [named, items];
  const again = await table.query(subjectKey(subject));
  return [ready.flatMap((head) => pointerOf(head, again) ?? []), again];
}

function pointerOf(head: Head, items: readonly Item[]): ReadyPointer | undefined {
  const pointer = items.find(
    (item) => item['study'] === head.study.id && item['version'] === head.version && item['token'] === head.token,
  );
  return pointer && { head, samples: JSON.parse(String(pointer['samples'])) as StudySample[] };
}

function byTestDate(a: SubjectStudy, b: SubjectStudy): number {
  return compare(a.study.testDate, b.study.testDate) || compare(a.study.id, b.study.id);
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
