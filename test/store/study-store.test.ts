import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError, InvalidInputError, NotFoundError, UnavailableError } from '../../lib/genomics/errors.ts';
import type { StudyFile, StudyInput } from '../../lib/genomics/study.ts';
import type { CommittedStudy } from '../../lib/ingest/ports.ts';
import { headKey, headOf, pointerKey } from '../../lib/store/layout.ts';
import { LOCAL_TABLE, type LocalDynamo, openLocalDynamo } from '../../lib/store/local-dynamodb.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { type StudyArchive, studyArchive } from '../../lib/store/study-archive.ts';
import { type DynamoStudyStore, dynamoStudyStore } from '../../lib/store/study-store.ts';
import { dynamoTable, type Item, type Table } from '../../lib/store/table.ts';
import { studyOf } from '../support/archive.ts';

let folder: string;
let dynamo: LocalDynamo;
let table: Table;
let metadata: StudyArchive;
let studies: DynamoStudyStore;
/** Writes that happen before the given one, as a crash or another process would interleave them. */
let beforePutIf: (() => Promise<void>) | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-test-'));
  dynamo = await openLocalDynamo(folder);
  const real = dynamoTable(dynamo.connection, LOCAL_TABLE);
  beforePutIf = undefined;
  table = {
    ...real,
    async putIf(...args) {
      const interleaved = beforePutIf;
      beforePutIf = undefined;
      await interleaved?.();
      return real.putIf(...args);
    },
  };
  metadata = studyArchive(table, localObjects(join(folder, 'objects')));
  studies = dynamoStudyStore(table);
});
afterEach(async () => {
  await dynamo.close();
  await rm(folder, { recursive: true, force: true });
});

function committed(
  id: string,
  version: number,
  subjects: readonly string[],
  inputs: readonly Partial<StudyInput>[] = [{}],
): CommittedStudy {
  return {
    study: { ...studyOf({ id, version, inputs }), subjects: subjects.length },
    files: [],
    subjects: new Map(subjects.map((subject) => [subject, [{ input: 0, sample: `${subject}-${version}` }]])),
  };
}

const versionsOf = async (subject: string): Promise<string[] | undefined> =>
  (await studies.subject(subject))?.studies.map(
    ({ study, samples }) => `${study.id}@${study.version} ${samples[0]?.sample}`,
  );

describe('commit', () => {
  it('makes a version and its subjects visible at once', async () => {
    expect(await metadata.nextVersion('s')).toBe(1);
    await metadata.commit(committed('s', 1, ['A', 'B']));
    expect(await versionsOf('A')).toEqual(['s@1 A-1']);
    expect(await versionsOf('B')).toEqual(['s@1 B-1']);
    expect(await versionsOf('C')).toBeUndefined();
    expect(await metadata.study('s')).toEqual(committed('s', 1, ['A', 'B']));
    expect(await metadata.nextVersion('s')).toBe(2);
  });

  it('shows nothing when the process dies before HEAD is written', async () => {
    beforePutIf = () => Promise.reject(new Error('killed'));
    await expect(metadata.commit(committed('s', 1, ['A']))).rejects.toThrow('killed');
    // The pointer is there, and counts for nothing.
    expect(await table.query('SUBJECT#A')).toHaveLength(1);
    expect(await studies.subject('A')).toBeUndefined();
    expect(await metadata.study('s')).toBeUndefined();
    await metadata.commit(committed('s', 1, ['A']));
    expect(await versionsOf('A')).toEqual(['s@1 A-1']);
  });

  it('keeps the old version visible when the process dies before HEAD is written', async () => {
    await metadata.commit(committed('s', 1, ['A']));
    beforePutIf = () => Promise.reject(new Error('killed'));
    await expect(metadata.commit(committed('s', 2, ['A', 'B']))).rejects.toThrow('killed');
    expect(await versionsOf('A')).toEqual(['s@1 A-1']);
    expect(await studies.subject('B')).toBeUndefined();
  });

  it('replaces a version, with the subjects it no longer has', async () => {
    await metadata.commit(committed('s', 1, ['A', 'B']));
    await metadata.commit(committed('s', 2, ['B']));
    expect(await studies.subject('A')).toBeUndefined();
    expect(await versionsOf('B')).toEqual(['s@2 B-2']);
  });

  it.each([0, 1, 3])('refuses version %i after version 1', async (version) => {
    await metadata.commit(committed('s', 1, ['A']));
    await expect(metadata.commit(committed('s', version, ['A']))).rejects.toThrow(ConflictError);
    expect(await versionsOf('A')).toEqual(['s@1 A-1']);
  });

  it('lets exactly one of several commits of a version win, whole', async () => {
    const contenders = ['A', 'B', 'C', 'D'];
    const outcomes = await Promise.allSettled(
      contenders.map((subject) => metadata.commit(committed('s', 1, [subject]))),
    );
    const winners = contenders.filter((_, number) => outcomes[number]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConflictError);
    for (const subject of contenders) {
      expect(await versionsOf(subject)).toEqual(subject === winners[0] ? [`s@1 ${subject}-1`] : undefined);
    }
    expect([...((await metadata.study('s'))?.subjects.keys() ?? [])]).toEqual(winners);
  });

  it('refuses a version that another commit took in the last moment', async () => {
    beforePutIf = () => metadata.commit(committed('s', 1, ['B']));
    await expect(metadata.commit(committed('s', 1, ['A']))).rejects.toThrow(ConflictError);
    expect(await studies.subject('A')).toBeUndefined();
    expect(await versionsOf('B')).toEqual(['s@1 B-1']);
  });

  it('recognises its own write when the answer to it was lost', async () => {
    const real = table.putIf;
    const lossy: Table = {
      ...table,
      async putIf(item, expected) {
        await real(item, expected);
        return real(item, expected);
      },
    };
    await studyArchive(lossy, localObjects(folder)).commit(committed('s', 1, ['A']));
    expect(await versionsOf('A')).toEqual(['s@1 A-1']);
  });

  it('refuses files that did not arrive whole', async () => {
    const objects = localObjects(join(folder, 'objects'));
    await writeFile(join(folder, 'short'), 'four');
    await objects.publish(join(folder, 'short'), 'studies/s/file');
    const file = { ...fileOf(0), key: 'studies/s/file', bytes: 5 };
    await expect(metadata.commit({ ...committed('s', 1, ['A']), files: [file] })).rejects.toThrow(UnavailableError);
    expect(await studies.subject('A')).toBeUndefined();
  });

  it('refuses a subject that is no FHIR id', async () => {
    await expect(metadata.commit(committed('s', 1, ['NA12878_2']))).rejects.toThrow(InvalidInputError);
  });
});

describe('a question while a version is being committed', () => {
  it('sees the old or the new version, never neither', async () => {
    await metadata.commit(committed('s', 1, ['A']));
    // The commit happens after the pointers were read and before HEAD is.
    let interleaved = false;
    const racing: Table = {
      ...table,
      async getAll(keys) {
        if (!interleaved) {
          interleaved = true;
          await metadata.commit(committed('s', 2, ['A']));
        }
        return table.getAll(keys);
      },
    };
    const seen = await dynamoStudyStore(racing).subject('A');
    expect(seen?.studies.map(({ study }) => study.version)).toEqual([2]);
  });
});

describe('long lists', () => {
  const inputs = Array.from({ length: 600 }, (_, i) => ({ name: `${'n'.repeat(1_000)}${i}` }));
  const files = Array.from({ length: 4_000 }, (_, i) => fileOf(i));

  it('are cut into items below 400 KB and read back whole', async () => {
    const study = { ...committed('long', 1, ['A'], inputs) };
    const accepting = {
      ...localObjects(folder),
      head: async (key: string) => ({ key, bytes: 10, modified: new Date() }),
    };
    await studyArchive(table, accepting).commit({ ...study, files });
    expect(await metadata.study('long')).toEqual({ ...study, files });
    const seen = await studies.subject('A');
    expect(seen?.studies[0]?.study).toEqual(study.study);
    expect(await studies.files(study.study)).toEqual(files);

    const sizes: number[] = [];
    for await (const item of table.scan()) sizes.push(Buffer.byteLength(JSON.stringify(item)));
    expect(Math.max(...sizes)).toBeLessThan(400_000);
    expect(sizes.length).toBeGreaterThan(8);
  });

  it.each(['FILES', 'INPUTS'])('are an error when a part of %s is missing, never shorter', async (name) => {
    const study = committed('long', 1, ['A'], inputs);
    const accepting = {
      ...localObjects(folder),
      head: async (key: string) => ({ key, bytes: 10, modified: new Date() }),
    };
    await studyArchive(table, accepting).commit({ ...study, files });
    const parts = (await table.query('STUDY#long', name)).map(({ pk, sk }) => ({ pk, sk }));
    expect(parts.length).toBeGreaterThan(1);
    await table.removeAll(parts.slice(1, 2));
    const fresh = dynamoStudyStore(table);
    const read = name === 'FILES' ? fresh.files(study.study) : fresh.subject('A');
    await expect(read).rejects.toThrow(UnavailableError);
  });
});

describe('subjects', () => {
  it('exist without data when registered', async () => {
    await metadata.register(['A', 'B', 'A']);
    expect(await studies.subject('A')).toEqual({ subject: 'A', studies: [] });
    expect(await studies.subject('C')).toBeUndefined();
    await expect(metadata.register(['D', 'not an id'])).rejects.toThrow(InvalidInputError);
    expect(await studies.subject('D')).toBeUndefined();
  });

  it('have their studies in order of test date and id', async () => {
    const dated = (id: string, testDate: string): CommittedStudy => {
      const { study, ...rest } = committed(id, 1, ['A']);
      return { ...rest, study: { ...study, testDate } };
    };
    for (const each of [dated('z', '2020-01-01'), dated('a', '2021-01-01'), dated('b', '2020-01-01')])
      await metadata.commit(each);
    expect((await studies.subject('A'))?.studies.map(({ study }) => study.id)).toEqual(['b', 'z', 'a']);
  });

  it('are asked of the table with 3,202 samples in one study', async () => {
    const subjects = Array.from({ length: 3_202 }, (_, i) => `HG${String(i).padStart(5, '0')}`);
    await metadata.commit(committed('cohort', 1, subjects));
    expect(await versionsOf('HG03201')).toEqual(['cohort@1 HG03201-1']);
    expect((await metadata.study('cohort'))?.subjects.size).toBe(3_202);
  });
});

describe('deleted studies', () => {
  it('are hidden and go on counting', async () => {
    await metadata.commit(committed('s', 1, ['A']));
    await metadata.remove('s');
    expect(await studies.subject('A')).toBeUndefined();
    expect(await metadata.study('s')).toBeUndefined();
    expect((await metadata.list(10)).studies).toEqual([]);
    await expect(metadata.remove('s')).rejects.toThrow(NotFoundError);
    expect(await metadata.nextVersion('s')).toBe(2);
    await expect(metadata.commit(committed('s', 1, ['A']))).rejects.toThrow(ConflictError);
    await metadata.commit(committed('s', 2, ['A']));
    expect(await versionsOf('A')).toEqual(['s@2 A-2']);
  });

  it('are listed page by page before that', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await metadata.commit(committed(id, 1, ['A']));
    await metadata.remove('b');
    const pages: string[][] = [];
    let after: string | undefined;
    do {
      const page = await metadata.list(2, after);
      pages.push(page.studies.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    expect(pages).toEqual([['a'], ['c', 'd'], ['e']]);
  });
});

describe('stale items', () => {
  it('of an older version or of another commit of the same version count for nothing', async () => {
    await metadata.commit(committed('s', 1, ['A']));
    await metadata.commit(committed('s', 2, ['B']));
    const head = headOf((await table.get(headKey('s'))) as Item);
    const forged = {
      ...pointerKey('C', 's', 2, 'lost'),
      study: 's',
      version: 2,
      token: 'lost',
      samples: '[]',
      written: 0,
    };
    await table.putAll([forged]);
    expect(head.version).toBe(2);
    expect(await studies.subject('C')).toBeUndefined();
    expect(await studies.subject('A')).toBeUndefined();
  });
});

describe('a table that is gone', () => {
  it('is an error, never an unknown subject', async () => {
    const gone = dynamoStudyStore(dynamoTable(dynamo.connection, 'another-table'));
    await expect(gone.subject('A')).rejects.toThrow(UnavailableError);
    await dynamo.close();
    await expect(studies.subject('A')).rejects.toThrow(UnavailableError);
  });
});

function fileOf(number: number): StudyFile {
  return {
    key: `studies/long/v=1-token/chrom=1/${'k'.repeat(80)}-${number}.parquet`,
    kind: 'variants',
    chromosome: '1',
    input: number,
    rows: 1,
    bytes: 10,
    sha256: 'f'.repeat(64),
    minStart0: 0,
    maxEnd0: 1,
    maxReach: 1,
  };
}
