import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobStore } from '../../lib/operations/jobs.ts';
import { jobStore } from '../../lib/store/job-store.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { type JobWorld, jobWorld } from '../support/job-world.ts';

const NEW = { owner: 'me', operation: 'echo', input: { subject: 'S1', ranges: ['ä'] } };
const MINUTE = 60_000;

let world: JobWorld;
let jobs: JobStore;
let now = Date.now();

beforeAll(async () => {
  world = await jobWorld();
  jobs = jobStore({ ...world, now: () => now });
});
afterAll(() => world.remove());

async function* pieces(...all: readonly string[]): AsyncGenerator<string> {
  yield* all;
}

async function claimed(id: string) {
  const claim = await jobs.claim(id);
  if (claim === undefined) throw new Error('not to be had');
  return claim;
}

async function answerOf(id: string): Promise<string | undefined> {
  const job = await jobs.find(id);
  if (job?.state !== 'done') return undefined;
  const read: Uint8Array[] = [];
  for await (const piece of job.answer()) read.push(piece);
  return Buffer.concat(read).toString('utf8');
}

describe('jobs', () => {
  it('keep question and answer as they were given', async () => {
    const id = await jobs.submit(NEW);
    expect(await jobs.unfinished()).toContain(id);
    const claim = await claimed(id);
    expect(claim).toMatchObject({ operation: 'echo', input: NEW.input, attempt: 1 });
    expect(await claim.complete(pieces('{"ö":', '1}'))).toBe(true);
    expect(await answerOf(id)).toBe('{"ö":1}');
    expect(await (await jobs.find(id))?.input()).toEqual(NEW.input);
    expect(await jobs.unfinished()).not.toContain(id);
    expect(await jobs.claim(id)).toBeUndefined();
  });

  it('belong to one worker at a time', async () => {
    const id = await jobs.submit(NEW);
    const claims = await Promise.all(Array.from({ length: 8 }, () => jobs.claim(id)));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });

  it('pass to another worker when the first is silent, whose answer then counts for nothing', async () => {
    const id = await jobs.submit(NEW);
    const silent = await claimed(id);
    now += 2 * MINUTE;
    const next = await claimed(id);
    expect(next.attempt).toBe(2);
    expect(await silent.renew()).toBe(false);
    expect(await silent.complete(pieces('old'))).toBe(false);
    expect(await silent.fail({ status: 500, outcome: '{}' })).toBe(false);
    expect(await next.complete(pieces('new'))).toBe(true);
    expect(await answerOf(id)).toBe('new');
  });

  it('stay with a worker that says that it goes on, before and while it answers', async () => {
    const id = await jobs.submit(NEW);
    const claim = await claimed(id);
    async function* long() {
      for (let i = 0; i < 5; i++) {
        now += MINUTE / 2 + 1;
        expect(await claim.renew()).toBe(true);
        expect(await jobs.claim(id)).toBeUndefined();
        yield String(i);
      }
    }
    now += MINUTE / 2 + 1;
    expect(await claim.renew()).toBe(true);
    // Renewed while the last write is under way, as a timer does.
    const [stored] = await Promise.all([claim.complete(long()), claim.renew(), claim.renew()]);
    expect(stored).toBe(true);
    expect(await answerOf(id)).toBe('01234');
    expect(await claim.renew()).toBe(false);
    expect(await answerOf(id)).toBe('01234');
  });

  it('leave nothing when they are cancelled, nor when their making fails', async () => {
    const cancelled = await jobs.submit(NEW);
    const claim = await claimed(cancelled);
    await jobs.cancel(cancelled);
    expect(await claim.complete(pieces('late'))).toBe(false);
    expect(await jobs.find(cancelled)).toBeUndefined();
    const failing = await claimed(await jobs.submit(NEW));
    async function* breaks() {
      yield 'half';
      throw new Error('broken');
    }
    await expect(failing.complete(breaks())).rejects.toThrow('broken');
    expect(await world.keys(`async/${cancelled}/`)).toEqual([]);
  });

  it('are removed with their objects when they expire', async () => {
    const id = await jobs.submit(NEW);
    await (await claimed(id)).complete(pieces('x'));
    now += 25 * 60 * MINUTE;
    expect(await jobs.find(id)).toBeUndefined();
    expect(await jobs.removeExpired()).toBeGreaterThan(0);
    expect(await world.keys('async/')).toEqual([]);
    expect(await jobs.removeExpired()).toBe(0);
  });

  it('are looked up by ids that were made here only', async () => {
    for (const id of ['', '../HEAD', 'x'.repeat(31), `${'x'.repeat(32)}\n`]) {
      expect(await jobs.find(id)).toBeUndefined();
    }
  });

  it('say that an answer can not be read, and never that it is empty', async () => {
    const id = await jobs.submit(NEW);
    await (await claimed(id)).complete(pieces('x'));
    for (const key of await world.keys(`async/${id}/answer`)) await localObjects(world.folder).remove(key);
    await expect(answerOf(id)).rejects.toMatchObject({ issue: 'transient' });
  });
});
