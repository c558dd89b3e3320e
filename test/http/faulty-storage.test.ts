import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDemo } from '../../lib/cli/demo.ts';
import { operations } from '../../lib/operations/table.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { storeStudy, structuralRow, variantRow } from '../support/archive.ts';
import { startFaultyServer } from '../support/faulty-server.ts';
import { ALL_FAULTS, type Fault, faults } from '../support/faulty-storage.ts';
import { allRight, judge, type RightAnswers, rightAnswers, type Verdict } from '../support/judge.ts';
import { exampleQuestions, type Question } from '../support/questions.ts';
import { pick, seeded } from '../support/random.ts';

/** Tells which faults are drawn; which question meets which depends on the machine as well. */
const SEED = 7;
/** Shares of the uses of table and objects that fail. One question makes some 5 to 50 of them. */
const RATES = [0.01, 0.05, 0.3];
const CLIENTS = 6;
const ROUND = 120;

let data: string;
let questions: readonly Question[];
let right: RightAnswers;
const happened = new Map<Fault, number>();

/** The demo archive, compacted but for one study that is newer. */
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'genomics-test-'));
  await using archive = await openLocalArchive(data, { threads: 1, memoryBytes: 512 * 1_048_576 });
  await loadDemo(archive);
  await archive.admin.compact();
  await storeStudy(archive, {
    id: 'newer',
    assembly: 'GRCh37',
    variants: { 7: [variantRow(140_453_135, 'A', 'T')] },
    structural: [structuralRow('22', 'DEL', 34_150_000, 34_180_000)],
  });
  questions = exampleQuestions();
  await using server = await startFaultyServer(data, faults(seeded(SEED), 0));
  right = await rightAnswers({ base: server.url }, questions);
});
afterAll(() => rm(data, { recursive: true, force: true }));

it('asks every operation', () => {
  expect(new Set(questions.map(({ operation }) => operation))).toEqual(new Set(operations.map(({ row }) => row.code)));
});

describe.each(RATES)('a store of which %d fails', (rate) => {
  it('gives right answers or none, and only right ones once it is well', async () => {
    const chance = faults(seeded(SEED + rate), rate);
    await using server = await startFaultyServer(data, chance);
    const target = { base: server.url };
    const verdicts: Verdict[] = [];
    let left = ROUND;
    const client = async (): Promise<void> => {
      while (left-- > 0) verdicts.push(await judge(target, pick(chance.random, questions), right));
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect(verdicts).toContain('right');
    expect(verdicts).toContain('refused');

    chance.rate = 0;
    await allRight(target, right);
    for (const [fault, times] of chance.happened) happened.set(fault, (happened.get(fault) ?? 0) + times);
  });
});

it('met every kind of fault', () => {
  for (const fault of ALL_FAULTS) expect(happened.get(fault) ?? 0, fault).toBeGreaterThan(0);
});
