import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError, NotFoundError, UnavailableError } from '../../../lib/genomics/errors.ts';
import type { CommittedStudy } from '../../../lib/ingest/ports.ts';
import type { JobStore } from '../../../lib/operations/jobs.ts';
import { readChanges } from '../../../lib/store/cohort/changes.ts';
import { type CompactReport, compact } from '../../../lib/store/cohort/compact.ts';
import { readGenerationHead } from '../../../lib/store/cohort/generation.ts';
import { type Snapshot, snapshots } from '../../../lib/store/cohort/snapshot.ts';
import { cohortNames } from '../../../lib/store/cohort/sweep.ts';
import { eraseSubject } from '../../../lib/store/erase.ts';
import { jobStore } from '../../../lib/store/job-store.ts';
import { LOCAL_TABLE, type LocalDynamo, openLocalDynamo } from '../../../lib/store/local-dynamodb.ts';
import { localObjects } from '../../../lib/store/local-objects.ts';
import type { ObjectStore } from '../../../lib/store/objects.ts';
import { type StudyArchive, studyArchive } from '../../../lib/store/study-archive.ts';
import { type DynamoStudyStore, dynamoStudyStore } from '../../../lib/store/study-store.ts';
import { dynamoTable, type Table } from '../../../lib/store/table.ts';
import { everErased, writeTombstone } from '../../../lib/store/tombstones.ts';
import { studyOf } from '../../support/archive.ts';

let folder: string;
let dynamo: LocalDynamo;
let table: Table;
let objects: ObjectStore;
let archive: StudyArchive;
let studies: DynamoStudyStore;
let jobs: JobStore;
let look: () => Promise<Snapshot>;
/** What another process does right before the next conditional write, or read of the generation. */
let beforePutIf: (() => Promise<unknown>) | undefined;
let beforeGet: (() => Promise<unknown>) | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-test-'));
  dynamo = await openLocalDynamo(folder);
  const real = dynamoTable(dynamo.connection, LOCAL_TABLE);
  [beforePutIf, beforeGet] = [undefined, undefined];
  table = {
    ...real,
    async putIf(...args) {
      const interleaved = beforePutIf;
      beforePutIf = undefined;
      await interleaved?.();
      return real.putIf(...args);
    },
    async get(key) {
      const interleaved = key.pk === 'COHORT' ? beforeGet : undefined;
      if (interleaved !== undefined) beforeGet = undefined;
      await interleaved?.();
      return real.get(key);
    },
  };
  objects = localObjects(join(folder, 'objects'));
  archive = studyArchive(table, objects);
  studies = dynamoStudyStore(table);
  jobs = jobStore({ table, objects, stage });
  look = snapshots({ table, objects });
});
afterEach(async () => {
  await dynamo.close();
  await rm(folder, { recursive: true, force: true });
});

const stage = (): Promise<string> => mkdtemp(join(folder, 'stage-'));
const compacted = (full = false): Promise<CompactReport> =>
  compact({ table, objects, stage, memoryBytes: 128 * 1_048_576, threads: 1 }, { full });

function version(id: string, number: number, ...subjects: readonly string[]): CommittedStudy {
  return {
    study: { ...studyOf({ id, version: number }), subjects: subjects.length },
    files: [],
    subjects: new Map(subjects.map((subject) => [subject, [{ input: 0, sample: subject }]])),
  };
}

const everyone = async (): Promise<readonly string[]> => (await look()).subjects;

describe('a compaction between the parts of a change', () => {
  it('loses no study that is committed after it read the HEADs', async () => {
    await archive.commit(version('one', 1, 'A'));
    beforePutIf = () => compacted();
    await archive.commit(version('two', 1, 'B'));
    expect(await everyone()).toEqual(['A', 'B']);
    await compacted();
    expect(await everyone()).toEqual(['A', 'B']);
    expect(await readChanges(table)).toEqual([]);
  });

  it('loses no new version: the old subjects go, the new ones come', async () => {
    await archive.commit(version('one', 1, 'A', 'B'));
    await compacted();
    beforePutIf = () => compacted();
    await archive.commit(version('one', 2, 'B', 'C'));
    expect(await everyone()).toEqual(['B', 'C']);
    await compacted();
    expect(await everyone()).toEqual(['B', 'C']);
  });

  it('does not take a deletion for done that comes after it', async () => {
    await archive.commit(version('one', 1, 'A'));
    await archive.commit(version('two', 1, 'B'));
    beforePutIf = () => compacted();
    await archive.remove('one');
    expect(await everyone()).toEqual(['B']);
    await compacted();
    expect(await everyone()).toEqual(['B']);
    expect(await readChanges(table)).toEqual([]);
  });

  it('is not visible when someone else compacted meanwhile; what they hold stays right', async () => {
    await archive.commit(version('one', 1, 'A'));
    beforePutIf = async () => {
      await archive.commit(version('two', 1, 'B'));
      await compacted();
    };
    await expect(compacted()).rejects.toThrow(ConflictError);
    expect(await everyone()).toEqual(['A', 'B']);
    expect((await readGenerationHead(table))?.generation).toBe(1);
  });
});

describe('a look', () => {
  it('between whose reads a compaction became visible sees everyone once', async () => {
    await archive.commit(version('one', 1, 'A', 'B'));
    await compacted();
    await archive.commit(version('two', 1, 'B', 'C'));
    beforeGet = () => compacted();
    expect(await everyone()).toEqual(['A', 'B', 'C']);
    expect(await everyone()).toEqual(['A', 'B', 'C']);
  });

  it('reads neither the list of studies nor their HEADs once they are compacted', async () => {
    for (let study = 0; study < 30; study++) await archive.commit(version(`s${study}`, 1, `P${study}`));
    await compacted();
    const read: string[] = [];
    const counting: Table = {
      ...table,
      query: (pk, prefix) => {
        read.push(pk);
        return table.query(pk, prefix);
      },
      getAll: (keys) => {
        read.push(...keys.map(({ pk }) => pk));
        return table.getAll(keys);
      },
    };
    expect((await snapshots({ table: counting, objects })()).subjects).toHaveLength(30);
    expect(read.sort()).toEqual(['COHORT', 'TOMBSTONE']);
  });

  it('fails, and is no smaller, when the list of the generation is gone', async () => {
    await archive.commit(version('one', 1, 'A'));
    await compacted();
    await objects.remove((await readGenerationHead(table))?.key ?? '');
    await expect(look()).rejects.toThrow(UnavailableError);
    await expect(look()).rejects.toThrow(UnavailableError);
  });
});

describe('generations that were replaced', () => {
  it('stay as long as a question that began before may read them, and no longer', async () => {
    await archive.commit(version('one', 1, 'A'));
    await compacted();
    const first = await readGenerationHead(table);
    await archive.commit(version('two', 1, 'B'));
    await compacted();
    const second = await readGenerationHead(table);
    const soon = await cohortNames(table, objects, Date.now() - 60_000);
    expect([...soon.kept].sort()).toEqual([first?.key, second?.key].sort());
    expect(soon.stale).toEqual([]);
    const later = await cohortNames(table, objects, Date.now() + 60_000);
    expect([...later.kept]).toEqual([second?.key]);
    expect(later.stale).toEqual([{ pk: 'COHORT', sk: 'RETIRED#1' }]);
  });

  it('leave no notice behind of a commit that never came', async () => {
    beforePutIf = () => Promise.reject(new Error('killed'));
    await expect(archive.commit(version('one', 1, 'A'))).rejects.toThrow('killed');
    await archive.commit(version('two', 1, 'B'));
    await compacted();
    expect(await everyone()).toEqual(['B']);
    expect((await readChanges(table)).map((item) => item['study'])).toEqual(['one']);
    // It may be on its way still, whatever the sweep's limit is.
    expect((await cohortNames(table, objects, Date.now() + 60_000)).stale).toEqual([]);
    await table.putAll((await readChanges(table)).map((item) => ({ ...item, written: Date.now() - 25 * 3_600_000 })));
    const { stale } = await cohortNames(table, objects, Date.now());
    expect(stale.map(({ sk }) => sk.split('#')[1])).toEqual(['one']);
  });
});

describe('an erasure', () => {
  const erase = (subject: string) => eraseSubject({ table, objects, archive, jobs, stage }, subject);

  it('hides the subject at once, from compacted and newer studies alike, before any file is changed', async () => {
    await archive.commit(version('one', 1, 'A', 'B'));
    await compacted();
    await archive.commit(version('two', 1, 'A', 'C'));
    await writeTombstone({ table, objects }, 'A', await stage());
    expect(await everyone()).toEqual(['B', 'C']);
    expect(await studies.subject('A')).toBeUndefined();
    await compacted();
    expect(await everyone()).toEqual(['B', 'C']);
    await expect(archive.commit(version('three', 1, 'A'))).rejects.toThrow(ConflictError);
    await expect(archive.admit(['A'], true)).rejects.toThrow('is not finished');
  });

  it('leaves no record of the subject, in no version; a readmitted one starts anew', async () => {
    await archive.commit(version('one', 1, 'A', 'B'));
    await archive.commit(version('one', 2, 'A', 'B'));
    await archive.commit(version('alone', 1, 'A'));
    await archive.register(['A']);
    const report = await erase('A');
    expect(report).toMatchObject({ studiesDeleted: 1, studiesRewritten: 1, rowsLeft: 0 });
    const naming: string[] = [];
    for await (const item of table.scan()) {
      if (JSON.stringify(Object.values(item)).includes('"A"') || item.pk === 'SUBJECT#A')
        naming.push(item.pk + item.sk);
      if (/\[\[\\?"A\\?"/.test(JSON.stringify(item))) naming.push(item.sk);
    }
    expect(naming.sort()).toEqual(['SUBJECT#AERASED', 'TOMBSTONEA']);
    await compacted();
    expect(await everyone()).toEqual(['B']);
    await archive.admit(['A'], true);
    expect(await everErased(table, objects)).toEqual([]);
    await archive.commit(version('alone', 2, 'A'));
    expect(await everyone()).toEqual(['A', 'B']);
  });

  it('is replayed on a table that was restored from before it', async () => {
    await archive.commit(version('one', 1, 'A', 'B'));
    await writeTombstone({ table, objects }, 'A', await stage());
    await table.removeAll([
      { pk: 'TOMBSTONE', sk: 'A' },
      { pk: 'SUBJECT#A', sk: 'ERASED' },
    ]);
    expect(await everyone()).toEqual(['A', 'B']);
    for (const subject of await everErased(table, objects)) await erase(subject);
    expect(await everyone()).toEqual(['B']);
    expect((await archive.study('one'))?.study).toMatchObject({ version: 2, subjects: 1 });
  });

  it('ends every question that is to be answered later, and removes every answer', async () => {
    await archive.commit(version('one', 1, 'A', 'B'));
    const question = { owner: 'me', operation: 'echo', input: { subject: 'A' } };
    async function* pieces() {
      yield '{"subject":"A"}';
    }
    const [done, waiting, late] = [
      await jobs.submit(question),
      await jobs.submit(question),
      await jobs.submit(question),
    ];
    await (await jobs.claim(done))?.complete(pieces());
    await (await jobs.claim(waiting))?.fail({ status: 404, outcome: '{"diagnostics":"A"}' });
    const worker = await jobs.claim(late);
    // What a worker left that died between storing its answer and saying so.
    const path = join(await stage(), 'left');
    await writeFile(path, '{"subject":"A"}');
    await objects.publish(path, `async/${late}/answer-9.json`);
    expect((await erase('A')).jobsCancelled).toBe(3);
    expect(await worker?.complete(pieces())).toBe(false);
    for (const id of [done, waiting, late]) expect(await jobs.find(id)).toBeUndefined();
    for await (const { key } of objects.list('async/')) expect.fail(key);
    for await (const item of table.scan()) {
      if (item.pk.startsWith('JOB')) expect(JSON.stringify(item)).not.toMatch(/"A\W/);
    }
    const next = await jobs.submit(question);
    expect(await jobs.find(next)).toMatchObject({ state: 'waiting' });
  });

  it('refuses a subject that nobody knows', async () => {
    await expect(erase('nobody')).rejects.toThrow(NotFoundError);
    expect(await everErased(table, objects)).toEqual([]);
  });

  it('removes the files of every version of a study, an unfinished one too', async () => {
    await archive.commit(version('alone', 1, 'A'));
    const path = join(await stage(), 'left');
    await writeFile(path, 'x');
    await objects.publish(path, 'studies/alone/v=1-old/left.parquet');
    expect((await erase('A')).objectsRemoved).toBe(1);
    expect(await objects.head('studies/alone/v=1-old/left.parquet')).toBeUndefined();
  });
});
