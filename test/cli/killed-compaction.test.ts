import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { type LocalArchive, openLocalArchive } from '../../lib/store/local.ts';
import { collect } from '../support/archive.ts';
import { genomics, startGenomics } from '../support/command-line.ts';
import { seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

const COHORT = '01_germline_multisample/1000g_phase3_chr22_10k_2504.grch37.vcf.gz';
const FIVE = '01_germline_multisample/bioc_1000g_chr22_5samples.grch37.vcf.gz';
const KILLS = 12;
const ERASURES = 5;
const SEED = 11;

/** Runs a command and kills it after a share of the time it takes. @returns whether it was cut short */
async function killed(args: readonly string[], milliseconds: number): Promise<boolean> {
  const { child, outcome } = startGenomics(...args);
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  const { status, stderr } = await outcome;
  clearTimeout(timer);
  expect([0, null], stderr).toContain(status);
  return status === null;
}

async function timed(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const { status, stderr } = await genomics(...args);
  expect(status, stderr).toBe(0);
  return performance.now() - started;
}

describe.skipIf(!hasRealData)(`killed at seeded moments (seed ${SEED})`, () => {
  const data = mkdtempSync(join(tmpdir(), 'killed-compaction-'));
  const random = seeded(SEED);
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  const ingest = (file: string, study: string, ...more: string[]): string[] => [
    ...['ingest', realFile(file), '--data', data, '--all-samples', '--source-class', 'germline'],
    ...['--assembly', 'GRCh37', '--test-id', study, '--test-date', '2013-05-02', '--study', study, ...more],
  ];

  async function withArchive<T>(work: (archive: LocalArchive) => Promise<T>): Promise<T> {
    const archive = await openLocalArchive(data);
    try {
      return await work(archive);
    } finally {
      await archive.close();
    }
  }

  /** Everyone, and who carries which allele of the whole chromosome. */
  const state = () =>
    withArchive(async ({ ports }) => {
      const population = await ports.population();
      const question = { index: 0, chromosome: '22', start0: interbase(0), end0: interbase(51_304_566) } as const;
      const asked = { assembly: 'GRCh37', questions: [question], sourceClass: undefined } as const;
      const carriers = new Map<string, Set<number>>();
      for (const { reportedStart0, ref, alt, subjects } of await collect(population.alleles(asked))) {
        const name = `${reportedStart0} ${ref} ${alt}`;
        carriers.set(name, (carriers.get(name) ?? new Set<number>()).union(new Set(subjects)));
      }
      return {
        subjects: population.subjects,
        carriers: [...carriers].map(([name, subjects]) => `${name} ${subjects.size}`).sort(),
        generation: population.dependsOn.find((one) => one.startsWith('cohort@')),
      };
    });

  beforeAll(async () => {
    await timed(ingest(COHORT, 'cohort'));
    await timed(ingest(FIVE, 'five'));
  }, 120_000);

  it(`compact, ${KILLS} times, never changes an answer; a rerun completes`, async () => {
    const { generation: first, ...before } = await state();
    expect(first).toBe('cohort@0');
    expect(before.subjects).toHaveLength(2504);
    expect(before.carriers.length).toBeGreaterThan(9000);
    let duration = await timed(['compact', '--data', data]);
    let cut = 0;
    const generations = new Set<string | undefined>();
    for (let kill = 0; kill < KILLS; kill++) {
      // Every other time only the small study has to be taken in, else everything.
      const full = kill % 2 === 0;
      if (!full) {
        await timed(['studies', 'delete', 'five', '--data', data]);
        await timed(ingest(FIVE, 'five'));
      }
      const args = ['compact', '--data', data, ...(full ? ['--full'] : [])];
      const started = performance.now();
      if (await killed(args, duration * (0.25 + 0.75 * random()))) cut++;
      else duration = performance.now() - started;
      const { generation, ...after } = await state();
      expect(after, `kill ${kill}`).toEqual(before);
      generations.add(generation);
    }
    expect(cut, 'most runs must have been cut short, or nothing is shown').toBeGreaterThanOrEqual(KILLS / 2);
    await timed(['compact', '--data', data]);
    expect((await genomics('compact', '--data', data)).stdout).toContain('holds everything already');
    expect((await genomics('verify', '--data', data)).status).toBe(0);
    await timed(['sweep', '--data', data, '--older-than', '0']);
    const { generation: _, ...swept } = await state();
    expect(swept).toEqual(before);
  }, 300_000);

  it(`subjects delete, ${ERASURES} times, shows the subject whole or not at all; a rerun removes every row`, async () => {
    let before = await state();
    const duration = await timed(['subjects', 'delete', before.subjects[0] as string, '--data', data]);
    before = await state();
    let hidden = 0;
    for (let kill = 0; kill < ERASURES; kill++) {
      const subject = before.subjects[Math.floor(random() * before.subjects.length)] as string;
      const args = ['subjects', 'delete', subject, '--data', data];
      await killed(args, duration * (0.4 + 0.5 * random()));
      const after = await state();
      const record = await withArchive(({ ports }) => ports.studies.subject(subject));
      const others = before.subjects.filter((one) => one !== subject);
      if (record === undefined) {
        hidden++;
        expect(after.subjects, `kill ${kill}`).toEqual(others);
      } else {
        expect(after, `kill ${kill}`).toEqual(before);
      }
      const { stdout } = await genomics(...args);
      expect(stdout).toContain('  0 rows left in studies');
      before = await state();
      expect(before.subjects).toEqual(others);
      if (record === undefined) expect(before.carriers).toEqual(after.carriers);
      expect(await withArchive(({ ports }) => ports.studies.subject(subject))).toBeUndefined();
    }
    expect(hidden, 'at least one must be cut short while it is hidden').toBeGreaterThan(0);
    const refused = await genomics(...ingest(COHORT, 'again'));
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('was erased; --readmit')]);
    expect((await genomics('verify', '--data', data)).status).toBe(0);
  }, 300_000);
});
