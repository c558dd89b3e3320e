import { inputsBySpecimen, type Study, type StudyFile, type StudySample } from '../../genomics/study.ts';
import type { PopulationInput } from '../../operations/population-ports.ts';
import { boundedCache } from '../bounded-cache.ts';
import { type Head, headKey, headOf, readLists, readStudy, STUDIES } from '../layout.ts';
import type { ObjectStore } from '../objects.ts';
import type { Table } from '../table.ts';
import { erasedSubjects } from '../tombstones.ts';
import { changeOf, readChanges } from './changes.ts';
import { type CohortFile, isReadable, type Manifest, readGenerationHead, readManifest } from './generation.ts';
import { type KindTable, kindTable, type MemberKind } from './member-kinds.ts';
import { factsOf } from './roster.ts';

/** A study that the generation does not hold as it is now: its own files are read. */
export interface NewerStudy {
  readonly study: Study;
  readonly files: readonly StudyFile[];
  readonly subjects: readonly (readonly [string, readonly StudySample[]])[];
}

/** Everyone in the archive at one moment. Subjects are named by their place in `subjects`. */
export interface Snapshot {
  /** Ascending. */
  readonly subjects: readonly string[];
  /** Place of the subject of each member by its number; -1 when it is not to be seen. */
  readonly placeOfMember: Int32Array;
  /** Place of the test of each member in `testStudy` and `testKind`; -1 when it is not to be seen. */
  readonly testOfMember: Int32Array;
  readonly files: readonly CohortFile[];
  /** Numbers of the studies of the generation that are not as they were. Their members are not to be seen either. */
  readonly newer: readonly NewerStudy[];
  readonly dependsOn: readonly string[];
  /** Distinct inputs of anyone who is to be seen. */
  readonly inputs: readonly PopulationInput[];
  readonly kinds: readonly MemberKind[];
  /** Tests of each subject: those at `firstTest[place]` up to `firstTest[place + 1]` of the two lists. */
  readonly firstTest: Int32Array;
  readonly testStudy: Int32Array;
  readonly testKind: Int32Array;
}

/** Place of a subject; -1 when it is not to be seen. */
export function placeOfSubject({ subjects }: Pick<Snapshot, 'subjects'>, subject: string): number {
  let [low, high] = [0, subjects.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((subjects[middle] as string) < subject) low = middle + 1;
    else high = middle;
  }
  return subjects[low] === subject ? low : -1;
}

/** The number by which tests name a newer study; generations count from 0. */
export const newerNumber = (place: number): number => -1 - place;

export interface SnapshotParts {
  readonly table: Table;
  readonly objects: ObjectStore;
}

/** Manifests of two generations: one may still be in use when the next is first asked. */
const KEPT_MANIFESTS = 2;

/**
 * A function that looks at the whole archive: strongly consistent, with few reads however many studies there are. Changes
 * are read before the generation: whatever was committed before the look is in one of them.
 *
 * @throws UnavailableError
 */
export function snapshots({ table, objects }: SnapshotParts): () => Promise<Snapshot> {
  const manifests = new Map<string, Promise<Manifest>>();
  const newer = boundedCache<NewerStudy>(50_000, ({ files, subjects }) => files.length + subjects.length + 1);
  let latest: { readonly name: string; readonly snapshot: Snapshot } | undefined;

  return async () => {
    const [changes, erased] = await Promise.all([readChanges(table), erasedSubjects(table)]);
    const head = await readGenerationHead(table);
    const last = head === undefined ? undefined : await kept(head.key, () => readManifest(objects, head));
    const manifest = last !== undefined && isReadable(last) ? last : undefined;
    // Before the first generation the list of all studies, which is written before their HEADs too.
    const ids = manifest === undefined ? (await table.query(STUDIES)).map(({ sk }) => sk) : changes.map(studyOf);
    const changed = [...new Set(ids)].sort();
    const heads = new Map((await table.getAll(changed.map(headKey))).map(headOf).map((one) => [one.study.id, one]));
    const states = changed.map((id) => `${id}@${stateOf(heads.get(id))}`);
    const dependsOn = [`cohort@${head?.key ?? 0}`, ...states, ...[...erased].sort().map((id) => `erased@${id}`)];
    const name = `${head?.key}\n${dependsOn.join('\n')}`;
    if (latest?.name === name) return latest.snapshot;

    const held = new Map(manifest?.studies.id.map((id, place) => [id, place]));
    const stale = new Set<number>();
    const ready: Head[] = [];
    for (const id of changed) {
      const now = heads.get(id);
      const place = held.get(id);
      const current =
        now?.status === 'READY' && place !== undefined && manifest?.studies.version[place] === now.version;
      if (current) continue;
      if (place !== undefined) stale.add(place);
      if (now?.status === 'READY') ready.push(now);
    }
    const snapshot = assemble(manifest, stale, await readNewer(ready), erased, dependsOn);
    latest = { name, snapshot };
    return snapshot;
  };

  /** A failed read is not kept. */
  function kept(key: string, read: () => Promise<Manifest>): Promise<Manifest> {
    const known = manifests.get(key);
    if (known !== undefined) return known;
    const reading = read();
    manifests.set(key, reading);
    reading.catch(() => manifests.delete(key));
    if (manifests.size > KEPT_MANIFESTS) manifests.delete(manifests.keys().next().value as string);
    return reading;
  }

  async function readNewer(ready: readonly Head[]): Promise<NewerStudy[]> {
    const missing = ready.filter((head) => newer.get(nameOf(head)) === undefined);
    const [studies, files, subjects] = await Promise.all([
      Promise.all(missing.map((head) => readStudy(table, head))),
      readLists<StudyFile>(table, 'FILES', missing),
      readLists<[string, StudySample[]]>(table, 'SUBJECTS', missing),
    ]);
    const read = new Map(
      missing.map((head, i) => [
        nameOf(head),
        { study: studies[i] as Study, files: files[i] ?? [], subjects: subjects[i] ?? [] },
      ]),
    );
    for (const [name, study] of read) newer.set(name, study);
    return ready.map((head) => (read.get(nameOf(head)) ?? newer.get(nameOf(head))) as NewerStudy);
  }
}

const studyOf = (item: Parameters<typeof changeOf>[0]): string => changeOf(item).study;
const nameOf = ({ study, version, token }: Head): string => `${study.id}#${version}#${token}`;
/** With what was drawn for the commit: after a restore, versions are counted again. */
const stateOf = (head: Head | undefined): string =>
  head === undefined ? 'none' : head.status === 'READY' ? `${head.version} ${head.token}` : 'deleted';

/** One test of one subject. */
interface Test {
  readonly subject: string;
  /** Of a generation's member. */
  readonly member?: number;
  readonly study: number;
  readonly kind: number;
}

/** Puts together what the generation still says and what newer studies say instead. */
function assemble(
  manifest: Manifest | undefined,
  stale: ReadonlySet<number>,
  newer: readonly NewerStudy[],
  erased: ReadonlySet<string>,
  dependsOn: readonly string[],
): Snapshot {
  const kinds = kindTable();
  const added = newer
    .flatMap(({ study, subjects }, place) =>
      subjects.map(
        ([subject, samples]): Test => ({
          subject,
          study: newerNumber(place),
          kind: kinds.numberOf(
            study.assembly,
            study.inputs.map((input) => factsOf(input)),
            inputsBySpecimen(samples),
          ),
        }),
      ),
    )
    .filter(({ subject }) => !erased.has(subject))
    .sort(bySubject);
  const placeOfMember = new Int32Array(manifest?.next.member ?? 0).fill(-1);
  const testOfMember = placeOfMember.slice();
  const subjects: string[] = [];
  const firstTest: number[] = [];
  const testStudy: number[] = [];
  const testKind: number[] = [];
  for (const { subject, member, study, kind } of merged(kept(manifest, stale, erased, kinds), added)) {
    if (subjects.at(-1) !== subject) {
      subjects.push(subject);
      firstTest.push(testStudy.length);
    }
    if (member !== undefined) {
      placeOfMember[member] = subjects.length - 1;
      testOfMember[member] = testStudy.length;
    }
    testStudy.push(study);
    testKind.push(kind);
  }
  firstTest.push(testStudy.length);
  return {
    subjects,
    placeOfMember,
    testOfMember,
    files: manifest?.files ?? [],
    newer,
    dependsOn,
    inputs: kinds.inputs(),
    kinds: kinds.values,
    firstTest: Int32Array.from(firstTest),
    testStudy: Int32Array.from(testStudy),
    testKind: Int32Array.from(testKind),
  };
}

const bySubject = (a: Test, b: Test): number => (a.subject < b.subject ? -1 : Number(a.subject > b.subject));

/** Members of the generation that are to be seen, in its order. */
function* kept(
  manifest: Manifest | undefined,
  stale: ReadonlySet<number>,
  erased: ReadonlySet<string>,
  kinds: KindTable,
): Generator<Test> {
  if (manifest === undefined) return;
  const { number, subject, study, inputs } = manifest.members;
  for (let i = 0; i < number.length; i++) {
    const [place, name] = [study[i] as number, subject[i] as string];
    if (stale.has(place) || erased.has(name)) continue;
    const profile = manifest.studies.profile[place] as number;
    const kind = kinds.ofProfile(manifest, profile, inputs[i] as number);
    yield { subject: name, member: number[i] as number, study: manifest.studies.number[place] as number, kind };
  }
}

function* merged(a: Iterable<Test>, b: readonly Test[]): Generator<Test> {
  let at = 0;
  for (const one of a) {
    while (at < b.length && bySubject(b[at] as Test, one) < 0) yield b[at++] as Test;
    yield one;
  }
  yield* b.slice(at);
}
