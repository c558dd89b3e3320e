import { InvalidInputError, UnavailableError } from '../genomics/errors.ts';
import type { Study, StudyInput } from '../genomics/study.ts';
import type { Item, Key, Table } from './table.ts';

/**
 * The single table:
 *
 * | pk           | sk                                  | holds |
 * |--------------|-------------------------------------|-------|
 * | `STUDY#id`   | `HEAD`                              | status, version and token: the only item that makes a version visible |
 * | `STUDY#id`   | `FILES#version#token#n`             | a part of the file list |
 * | `STUDY#id`   | `SUBJECTS#version#token#n`          | a part of the subjects and their samples |
 * | `STUDY#id`   | `INPUTS#version#token#n`            | a part of the inputs, when they are too long for HEAD |
 * | `SUBJECT#id` | `STUDY#study#version#token`         | pointer with the subject's samples; counts only while HEAD names its version and token |
 * | `SUBJECT#id` | `REGISTERED`                        | a subject that may have no data |
 * | `STUDIES`    | study id                            | the list of studies, written before HEAD |
 * | `REFERENCE`  | `HEAD`                              | all reference files (reference-catalogue.ts) |
 * | `KNOWLEDGE`  | `HEAD`                              | all knowledge releases (knowledge-catalogue.ts) |
 * | `KNOWLEDGE`  | `FILES#token#n`                     | a part of the file list of a release |
 * | `COHORT`     | `HEAD`, `RETIRED#generation`        | the compacted copy of all studies (cohort/generation.ts) |
 * | `COHORT`     | `CHANGE#study#version#token`        | a study that the compacted copy may not hold as it is now; written before HEAD (cohort/changes.ts) |
 * | `SUBJECT#id` | `ERASED`                            | nothing of this subject is answered any more (tombstones.ts) |
 * | `TOMBSTONE`  | subject                             | the list of erased subjects |
 * | `INGEST`     | `STUDY#id`, `DONE#manifest#n`       | the latest amendment of a study; events that were dealt with (incoming.ts) |
 *
 * The token is drawn per commit, so that two commits of one version never write the same item.
 */
export const STUDIES = 'STUDIES';
export const HEAD = 'HEAD';
export const REGISTERED = 'REGISTERED';

export type ListName = 'FILES' | 'SUBJECTS' | 'INPUTS';

const studyKey = (id: string): string => `STUDY#${id}`;
export const subjectKey = (subject: string): string => `SUBJECT#${subject}`;
export const headKey = (id: string): Key => ({ pk: studyKey(id), sk: HEAD });

/** One committed version of a study, as its HEAD describes it. */
export interface Head {
  readonly status: 'READY' | 'DELETED';
  readonly version: number;
  readonly token: string;
  /** Number of items of each list. */
  readonly chunks: Readonly<Record<ListName, number>>;
  /** Epoch milliseconds of the write. */
  readonly written: number;
  /** Inputs are empty here when they are in a list of their own. */
  readonly study: Study;
}

/** DynamoDB refuses items above 400 KB; lists are cut well below. */
const CHUNK_BYTES = 200_000;
/** Inputs stay in HEAD up to this size: one read less per question. */
const INLINE_INPUT_BYTES = 60_000;

const version = (number: number): string => String(number).padStart(6, '0');

/** Cuts a list into the JSON texts of its parts, each of at most `CHUNK_BYTES` unless one element alone is longer. */
export function cut(list: readonly unknown[]): string[] {
  const parts: string[] = [];
  let part: string[] = [];
  let bytes = 0;
  for (const element of list) {
    const text = JSON.stringify(element);
    const size = Buffer.byteLength(text) + 1;
    if (size > 390_000) throw new InvalidInputError('a study names something too long to be stored');
    if (bytes + size > CHUNK_BYTES && part.length > 0) {
      parts.push(`[${part.join(',')}]`);
      [part, bytes] = [[], 0];
    }
    part.push(text);
    bytes += size;
  }
  if (part.length > 0) parts.push(`[${part.join(',')}]`);
  return parts;
}

/** The items of one list of one version. */
export function listItems(id: string, name: ListName, number: number, token: string, parts: readonly string[]): Item[] {
  const written = Date.now();
  return parts.map((body, index) => ({ ...listKey(id, name, number, token, index), body, written }));
}

function listKey(id: string, name: ListName, number: number, token: string, index: number): Key {
  return { pk: studyKey(id), sk: `${name}#${version(number)}#${token}#${String(index).padStart(5, '0')}` };
}

export function pointerKey(subject: string, id: string, number: number, token: string): Key {
  return { pk: subjectKey(subject), sk: `STUDY#${id}#${version(number)}#${token}` };
}

/**
 * Reads a whole list of a version.
 *
 * @throws UnavailableError when a part is missing: a shorter list would hide data.
 */
export async function readList<T>(table: Table, id: string, name: ListName, head: Head): Promise<T[]> {
  const [list] = await readLists<T>(table, name, [{ ...head, study: { ...head.study, id } }]);
  return list ?? [];
}

/**
 * Reads the lists of many studies at once, in the order of their HEADs.
 *
 * @throws UnavailableError when a part is missing: a shorter list would hide data.
 */
export async function readLists<T>(table: Table, name: ListName, heads: readonly Head[]): Promise<T[][]> {
  const keys = heads.map((head) =>
    Array.from({ length: head.chunks[name] }, (_, index) =>
      listKey(head.study.id, name, head.version, head.token, index),
    ),
  );
  const all = keys.flat();
  const items = all.length === 0 ? [] : await table.getAll(all);
  const bodies = new Map(items.map((item) => [`${item.pk}/${item.sk}`, item['body']]));
  return keys.map((own) =>
    own.flatMap(({ pk, sk }) => {
      const body = bodies.get(`${pk}/${sk}`);
      if (typeof body !== 'string') {
        throw new UnavailableError('the archive is missing a part of a study', undefined, { cause: new Error(sk) });
      }
      return JSON.parse(body) as T[];
    }),
  );
}

/** The inputs as HEAD holds them, or as parts of their own. */
export function splitInputs(study: Study): { readonly inline: Study; readonly parts: readonly string[] } {
  const parts = cut(study.inputs);
  const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  return bytes <= INLINE_INPUT_BYTES ? { inline: study, parts: [] } : { inline: { ...study, inputs: [] }, parts };
}

/** The whole study of a HEAD. @throws UnavailableError */
export async function readStudy(table: Table, head: Head): Promise<Study> {
  if (head.chunks.INPUTS === 0) return head.study;
  return { ...head.study, inputs: await readList<StudyInput>(table, head.study.id, 'INPUTS', head) };
}

export function headItem({ status, version: number, token, chunks, written, study }: Head): Item {
  return {
    ...headKey(study.id),
    status,
    version: number,
    token,
    written,
    fileChunks: chunks.FILES,
    subjectChunks: chunks.SUBJECTS,
    inputChunks: chunks.INPUTS,
    study: JSON.stringify(study),
  };
}

export function headOf(item: Item): Head {
  return {
    status: item['status'] === 'READY' ? 'READY' : 'DELETED',
    version: Number(item['version']),
    token: String(item['token']),
    written: Number(item['written']),
    chunks: {
      FILES: Number(item['fileChunks']),
      SUBJECTS: Number(item['subjectChunks']),
      INPUTS: Number(item['inputChunks']),
    },
    study: JSON.parse(String(item['study'])) as Study,
  };
}
