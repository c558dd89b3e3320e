import { randomBytes } from 'node:crypto';
import { ConflictError, InvalidInputError, NotFoundError, UnavailableError } from '../genomics/errors.ts';
import type { Study, StudyFile, StudySample } from '../genomics/study.ts';
import type { CommittedStudy } from '../ingest/ports.ts';
import { commitItem, deletionItem } from './cohort/changes.ts';
import {
  cut,
  type Head,
  headItem,
  headKey,
  headOf,
  listItems,
  pointerKey,
  REGISTERED,
  readList,
  readStudy,
  STUDIES,
  splitInputs,
  subjectKey,
} from './layout.ts';
import type { ObjectStore } from './objects.ts';
import type { Item, Table } from './table.ts';
import { checkNotErased, everErased, removeTombstone } from './tombstones.ts';

/** A page of READY studies in order of id; `next` is where the following page starts. */
interface StudyPage {
  readonly studies: readonly Study[];
  readonly next?: string;
}

/** What ingest and the commands do with the metadata of studies. Every method may throw UnavailableError. */
export interface StudyArchive {
  /** The READY version of a study; undefined when there is none. */
  study(id: string): Promise<CommittedStudy | undefined>;
  /** The version that the next commit of a study must have; a deleted study goes on counting. */
  nextVersion(id: string): Promise<number>;
  /** @throws ConflictError when the study has another version by now, or its files are not as stated. */
  commit(next: CommittedStudy): Promise<void>;
  list(limit: number, after?: string): Promise<StudyPage>;
  /** Hides a study from every later question. @throws NotFoundError */
  remove(id: string): Promise<void>;
  /** Subjects that exist even without data. @throws InvalidInputError unless every id is a FHIR id. */
  register(subjects: readonly string[]): Promise<void>;
  /** @throws ConflictError when one of the subjects was erased and is not to be readmitted. */
  admit(subjects: readonly string[], readmit: boolean): Promise<void>;
}

const SUBJECT_ID = /^[A-Za-z0-9\-.]{1,64}$/;
/** Object look-ups under way at a time before a commit. */
const PARALLEL_CHECKS = 16;

export function studyArchive(table: Table, objects: ObjectStore): StudyArchive {
  const headOfStudy = async (id: string): Promise<Head | undefined> => {
    const item = await table.get(headKey(id));
    return item === undefined ? undefined : headOf(item);
  };

  return {
    async study(id) {
      const head = await headOfStudy(id);
      return head?.status === 'READY' ? readCommitted(table, head) : undefined;
    },

    async nextVersion(id) {
      return ((await headOfStudy(id))?.version ?? 0) + 1;
    },

    async commit(next) {
      checkSubjects([...next.subjects.keys()]);
      await checkNotErased(table, objects, next.subjects.keys());
      const { id, version } = next.study;
      const before = await headOfStudy(id);
      if ((before?.version ?? 0) !== version - 1) throw conflict(id);
      await checkFiles(objects, next.files);
      const token = randomBytes(9).toString('base64url');
      const head = await writeParts(table, next, token);
      const expected = before === undefined ? { version: undefined } : { version: before.version };
      const won = await table.putIf(headItem(head), expected);
      // A retried write may find that its first attempt had arrived after all.
      if (!won && (await headOfStudy(id))?.token !== token) throw conflict(id);
    },

    async list(limit, after) {
      const items = await table.page(STUDIES, limit, after);
      const heads = (await table.getAll(items.map(({ sk }) => headKey(sk)))).map(headOf);
      const ready = heads.filter(({ status }) => status === 'READY');
      const studies = await Promise.all(ready.map((head) => readStudy(table, head)));
      studies.sort((a, b) => (a.id < b.id ? -1 : 1));
      const last = items.length < limit ? undefined : items.at(-1);
      return last === undefined ? { studies } : { studies, next: last.sk };
    },

    async remove(id) {
      const head = await headOfStudy(id);
      if (head?.status !== 'READY') throw new NotFoundError(`there is no study '${id}'`);
      const deleted = headItem({ ...head, status: 'DELETED', written: Date.now() });
      await table.putAll([deletionItem(id, head.version)]);
      const won = await table.putIf(deleted, { version: head.version, status: 'READY' });
      if (won) return;
      const now = await headOfStudy(id);
      // Deleted by a first attempt whose answer was lost, or by someone else at the same time: gone either way.
      if (now?.status !== 'DELETED' || now.token !== head.token) throw conflict(id);
    },

    async register(subjects) {
      checkSubjects(subjects);
      await checkNotErased(table, objects, subjects);
      const written = Date.now();
      await table.putAll(
        [...new Set(subjects)].map((subject) => ({ pk: subjectKey(subject), sk: REGISTERED, written })),
      );
    },

    async admit(subjects, readmit) {
      if (!readmit) return checkNotErased(table, objects, subjects);
      const erased = new Set(await everErased(table, objects));
      for (const subject of new Set(subjects).intersection(erased)) {
        const left = await table.query(subjectKey(subject), 'STUDY#');
        if (left.length > 0) {
          throw new ConflictError(
            `the erasure of '${subject}' is not finished; finish it with 'genomics subjects delete ${subject}'`,
          );
        }
        await removeTombstone({ table, objects }, subject);
      }
    },
  };
}

const conflict = (id: string): ConflictError =>
  new ConflictError(`the study '${id}' was changed by someone else meanwhile`);

function checkSubjects(subjects: readonly string[]): void {
  const wrong = subjects.find((subject) => !SUBJECT_ID.test(subject));
  if (wrong !== undefined) {
    throw new InvalidInputError(`'${wrong}' is not a subject id: 1 to 64 letters, digits, '-' and '.'`);
  }
}

async function readCommitted(table: Table, head: Head): Promise<CommittedStudy> {
  const [study, files, subjects] = await Promise.all([
    readStudy(table, head),
    readList<StudyFile>(table, head.study.id, 'FILES', head),
    readList<[string, StudySample[]]>(table, head.study.id, 'SUBJECTS', head),
  ]);
  return { study, files, subjects: new Map(subjects) };
}

/** Stores everything of a version but its HEAD. */
async function writeParts(table: Table, { study, files, subjects }: CommittedStudy, token: string): Promise<Head> {
  const { id, version } = study;
  const { inline, parts: inputParts } = splitInputs(study);
  const fileParts = cut(files);
  const subjectParts = cut([...subjects]);
  const written = Date.now();
  const pointers = [...subjects].map(
    ([subject, samples]): Item => ({
      ...pointerKey(subject, id, version, token),
      study: id,
      version,
      token,
      samples: JSON.stringify(samples),
      written,
    }),
  );
  await table.putAll([
    { pk: STUDIES, sk: id, written },
    commitItem(id, version, token),
    ...listItems(id, 'FILES', version, token, fileParts),
    ...listItems(id, 'SUBJECTS', version, token, subjectParts),
    ...listItems(id, 'INPUTS', version, token, inputParts),
    ...pointers,
  ]);
  return {
    status: 'READY',
    version,
    token,
    chunks: { FILES: fileParts.length, SUBJECTS: subjectParts.length, INPUTS: inputParts.length },
    written,
    study: inline,
  };
}

/** @throws UnavailableError when a file is missing or is not of the size that the metadata would promise. */
async function checkFiles(objects: ObjectStore, files: readonly StudyFile[]): Promise<void> {
  const left = [...files];
  const worker = async (): Promise<void> => {
    for (let file = left.pop(); file !== undefined; file = left.pop()) {
      const found = await objects.head(file.key);
      if (found?.bytes !== file.bytes) {
        throw new UnavailableError('a file of the study did not arrive in the archive', undefined, {
          cause: new Error(`${file.key}: ${found?.bytes ?? 'no'} bytes, not ${file.bytes}`),
        });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_CHECKS }, worker));
}
