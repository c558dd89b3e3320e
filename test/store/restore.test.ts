import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceClass } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { ConflictError, UnavailableError } from '../../lib/genomics/errors.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import type { IngestRequest } from '../../lib/ingest/request.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { type LocalArchive, openLocalArchive } from '../../lib/store/local.ts';
import { collect } from '../support/archive.ts';
import { genomics } from '../support/command-line.ts';
import { vcf } from '../support/vcf-builder.ts';

let folder: string;
let data: string;
let backup: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-test-'));
  [data, backup] = [join(folder, 'data'), join(folder, 'backup')];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const withArchive = async <T>(work: (archive: LocalArchive) => Promise<T>): Promise<T> => {
  await using archive = await openLocalArchive(data, { threads: 1, memoryBytes: 512 * 1_048_576 });
  return await work(archive);
};

/** What point-in-time recovery gives back: the table as it was. The objects are those of today. */
const backUp = (): Promise<void> => cp(join(data, 'dynamodb'), backup, { recursive: true });
async function restore(): Promise<void> {
  await rm(join(data, 'dynamodb'), { recursive: true });
  await cp(backup, join(data, 'dynamodb'), { recursive: true });
}

async function requestOf(testId: string, ...samples: readonly string[]): Promise<IngestRequest> {
  const file = join(folder, `${testId}.vcf`);
  await writeFile(file, vcf([{ pos: 1_001 }], { samples }));
  const [only] = samples;
  const who = samples.length === 1 && only !== undefined ? { subject: only } : { allSamples: true };
  return {
    testId,
    assembly: 'GRCh38',
    testDate: '2024-01-01',
    mode: 'create',
    inputs: [{ file, sourceClass: 'germline', ...who }],
  };
}

const QUESTION = [{ index: 0, chromosome: '1' as const, start0: interbase(1_000), end0: interbase(1_001) }];

/** Variants that are answered for a subject; undefined when the subject is unknown. */
async function variantsOf({ ports }: LocalArchive, subject: string): Promise<number | undefined> {
  const record = await ports.studies.subject(subject);
  return record && (await collect(ports.variants.simple(record, QUESTION))).length;
}

async function carriers({ ports }: LocalArchive): Promise<readonly string[]> {
  const population = await ports.population();
  const asked = { assembly: 'GRCh38' as const, questions: QUESTION, sourceClass: undefined };
  const places = new Set((await collect(population.alleles(asked))).flatMap(({ subjects }) => subjects));
  return population.subjects.filter((_, place) => places.has(place));
}

describe('a table restored from before an erasure, with the objects of after it', () => {
  let alone: IngestRequest;
  let cohort: IngestRequest;

  beforeEach(async () => {
    alone = await requestOf('alone', 'X');
    cohort = await requestOf('cohort', 'X', 'Y', 'Z');
    await withArchive(async ({ archive, admin }) => {
      for (const request of [alone, cohort, await requestOf('other', 'Y')]) await ingest(request, archive);
      await admin.compact();
    });
    await backUp();
    await withArchive(async ({ archive, admin }) => {
      await admin.erase('X');
      await admin.compact();
      await admin.sweep({ olderThanHours: 0 });
      await ingest(await requestOf('later', 'W'), archive);
    });
    await restore();
  });

  it('answers nothing of the erased subject, before the erasure is replayed and after', async () => {
    await withArchive(async (archive) => {
      // The restored table knows the subject again, but what it names is gone: an error, never an answer.
      await expect(variantsOf(archive, 'X')).rejects.toThrow(UnavailableError);
      await expect(carriers(archive)).rejects.toThrow(UnavailableError);

      const reports = await archive.admin.replay();
      expect(reports).toMatchObject([{ subject: 'X', studiesDeleted: 1, studiesRewritten: 1, rowsLeft: 0 }]);
      expect(await variantsOf(archive, 'X')).toBeUndefined();
      await archive.admin.compact({ full: true });
      expect(await carriers(archive)).toEqual(['Y', 'Z']);
    });
  });

  it('is not served before the replay', async () => {
    const refused = await genomics('serve', '--port', '0', '--data', data);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain("run 'genomics subjects replay' first");
    expect((await genomics('subjects', 'replay', '--data', data)).stdout).toContain('0 rows left in studies');
    expect(await withArchive(({ admin }) => admin.unreplayed())).toEqual([]);
  });

  it('answers the others as before, and verifies clean', async () => {
    await withArchive(async (archive) => {
      await archive.admin.replay();
      await archive.admin.compact({ full: true });
      expect(await variantsOf(archive, 'Y')).toBe(2);
      expect(await variantsOf(archive, 'Z')).toBe(1);
      expect((await archive.admin.verify()).problems).toEqual([]);
      // What was loaded after the backup is loaded again, as an upload that is repeated would.
      expect(await variantsOf(archive, 'W')).toBeUndefined();
      expect((await ingest(await requestOf('later', 'W'), archive.archive)).status).toBe('committed');
      await archive.admin.sweep({ olderThanHours: 0 });
      expect((await archive.admin.verify()).problems).toEqual([]);
      expect(await variantsOf(archive, 'W')).toBe(1);
      expect(await carriers(archive)).toEqual(['W', 'Y', 'Z']);
    });
  });

  it('refuses files of the erased subject that come again, even before the replay, unless readmitted', async () => {
    await withArchive(async ({ archive, admin }) => {
      // Whatever the table says: what it holds of the subject is of no use to an upload that comes again.
      await admin.remove('X_alone_GRCh38');
      await expect(ingest(alone, archive)).rejects.toThrow(ConflictError);
      await admin.replay();
      await expect(ingest(alone, archive)).rejects.toThrow(ConflictError);
      await expect(ingest({ ...cohort, study: 'another' }, archive)).rejects.toThrow(ConflictError);
      // The study is there, without the subject.
      expect((await ingest(cohort, archive)).status).toBe('unchanged');
      expect((await ingest({ ...alone, readmit: true }, archive)).status).toBe('committed');
    });
  });

  it('is not taken for the same by who kept an answer to another version of the same number', async () => {
    const amended = async (sourceClass: SourceClass) => {
      const request = await requestOf('other', 'Y');
      const inputs = request.inputs.map((one) => ({ ...one, sourceClass }));
      return withArchive(async ({ archive, admin, ports }) => {
        await admin.replay();
        const { version } = await ingest({ ...request, mode: 'replace', inputs }, archive);
        await admin.compact({ full: true });
        const input = { subject: 'Y', ranges: ['NC_000001.11:1000-1001'] };
        const one = await findSubjectVariants.prepare(input, ports);
        return { version, one: one.dependsOn, all: (await ports.population()).dependsOn };
      });
    };
    const first = await amended('somatic');
    await restore();
    const second = await amended('germline');
    await restore();
    const third = await amended('somatic');
    expect([first.version, second.version, third.version]).toEqual([2, 1, 2]);
    expect(first.one).not.toEqual(third.one);
    expect(first.all).not.toEqual(third.all);
  });

  it('leaves no record of a rewritten study that names someone erased later, or that was deleted', async () => {
    const records = () => readdir(join(data, 'objects', 'rewritten'), { recursive: true });
    const files = async () => (await records()).filter((name) => name.endsWith('.json'));
    await withArchive(async ({ admin }) => {
      await admin.replay();
      const [first] = await files();
      await admin.erase('Y');
      const [second, ...more] = await files();
      expect(second).toBeDefined();
      expect(more).toEqual([]);
      expect(second).not.toBe(first);
      await admin.compact({ full: true });
      await admin.sweep({ olderThanHours: 0 });
      expect(await files()).toEqual([second]);
      await admin.remove('cohort_GRCh38');
      await admin.sweep({ olderThanHours: 0 });
      expect(await files()).toEqual([]);
    });
  });

  it('replays again without harm, and after an erasure of somebody else', async () => {
    await withArchive(async (archive) => {
      await archive.admin.replay();
      await archive.admin.erase('Y');
      await archive.admin.compact({ full: true });
      expect(await carriers(archive)).toEqual(['Z']);
    });
    await restore();
    await withArchive(async (archive) => {
      expect((await archive.admin.replay()).map(({ subject }) => subject)).toEqual(['X', 'Y']);
      await archive.admin.replay();
      await archive.admin.compact({ full: true });
      expect([await variantsOf(archive, 'X'), await variantsOf(archive, 'Y')]).toEqual([undefined, undefined]);
      expect(await variantsOf(archive, 'Z')).toBe(1);
      expect(await carriers(archive)).toEqual(['Z']);
      expect((await archive.admin.verify()).problems).toEqual([]);
    });
  });
});
