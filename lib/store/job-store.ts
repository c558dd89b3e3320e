import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConflictError } from '../genomics/errors.ts';
import type { Job, JobClaim, JobFailure, JobStore } from '../operations/jobs.ts';
import { type JobItem, jobKey, jobOf, jobsOf, listedJobs, newJobItems, writeJob } from './job-items.ts';
import type { ObjectReference, ObjectStore } from './objects.ts';
import type { Table } from './table.ts';

export interface JobStoreParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  /** Makes a folder for files that are not published yet. */
  readonly stage: () => Promise<string>;
  /** For tests; the real one is `Date.now`. */
  readonly now?: () => number;
}

/** A worker that said nothing for this long is taken for dead. */
const LEASE_MS = 60_000;
/** Finished and unfinished jobs alike are kept this long. */
const KEPT_MS = 24 * 3_600_000;
const PIECE_BYTES = 1_048_576;
const ATTEMPTS = 8;
/** Of all objects of jobs. */
export const JOB_OBJECTS = 'async/';
/** An id is made here and no other is looked up. */
const ID = /^[A-Za-z0-9_-]{32}$/;

/** Jobs as items of the table, questions and answers as objects under `async/`. */
export function jobStore({ table, objects, stage, now = Date.now }: JobStoreParts): JobStore {
  const current = async (id: string): Promise<JobItem | undefined> => {
    if (!ID.test(id)) return undefined;
    const item = await table.get(jobKey(id));
    const job = item && jobOf(item);
    return job !== undefined && isOpen(job) ? job : undefined;
  };
  /** Whether anyone may still ask for it. */
  const isOpen = ({ state, expires }: JobItem): boolean => state !== 'cancelled' && expires > now();

  return {
    async submit({ owner, operation, input }) {
      const id = randomBytes(24).toString('base64url');
      const question = await publish(`${JOB_OBJECTS}${id}/question.json`, [JSON.stringify(input)]);
      const submitted = now();
      const job: JobItem = {
        id,
        version: 1,
        state: 'waiting',
        attempts: 0,
        owner,
        operation,
        question,
        submitted,
        expires: submitted + KEPT_MS,
      };
      const [listed, item] = newJobItems(job);
      // The list comes first: a job that is not in it would be lost with its worker.
      await table.putAll([listed]);
      await table.putIf(item, { version: undefined });
      return id;
    },

    async find(id) {
      const job = await current(id);
      return job && describe(job);
    },

    async claim(id) {
      const job = await current(id);
      if (job === undefined || job.state === 'done' || job.state === 'failed') return undefined;
      if (job.state === 'running' && (job.lease ?? 0) > now()) return undefined;
      const mine: JobItem = {
        ...job,
        state: 'running',
        version: job.version + 1,
        attempts: job.attempts + 1,
        lease: now() + LEASE_MS,
      };
      if (!(await writeJob(table, mine))) return undefined;
      const input = (await readJson(mine.question)) as object;
      return claimOf(mine, input);
    },

    cancel,

    async cancelAll() {
      const jobs = await jobsOf(table, await listedJobs(table));
      for (const { id } of jobs) await cancel(id);
      // Also what a worker that died left, of jobs that are no more. A job that comes now is in the list read last.
      const keys: string[] = [];
      for await (const { key } of objects.list(JOB_OBJECTS)) keys.push(key);
      const alive = new Set((await jobsOf(table, await listedJobs(table))).filter(isOpen).map(({ id }) => id));
      for (const key of keys)
        if (!alive.has(key.slice(JOB_OBJECTS.length).split('/', 1)[0] as string)) await objects.remove(key);
      return jobs.filter(isOpen).length;
    },

    async unfinished() {
      const jobs = await jobsOf(table, await listedJobs(table));
      const open = jobs.filter(({ state, expires }) => (state === 'waiting' || state === 'running') && expires > now());
      return open.toSorted((a, b) => a.submitted - b.submitted).map(({ id }) => id);
    },

    async removeExpired() {
      const jobs = await jobsOf(table, await listedJobs(table));
      const expired = jobs.filter((job) => !isOpen(job));
      for (const job of expired) await removeObjects(job);
      await table.removeAll(expired.flatMap((job) => newJobItems(job)));
      return expired.length;
    },
  };

  async function cancel(id: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const job = await current(id);
      if (job === undefined) return;
      // Neither its answer nor what it was refused with is kept.
      const { answer: _, failure: __, ...rest } = job;
      if (!(await writeJob(table, { ...rest, state: 'cancelled', version: job.version + 1 }))) continue;
      await removeObjects(job);
      return;
    }
    throw new ConflictError('the job changes too fast to be cancelled; try again');
  }

  function claimOf(claimed: JobItem, input: object): JobClaim {
    let job = claimed;
    let mine = true;
    let last: Promise<unknown> = Promise.resolve();
    /** One write at a time: the claim is renewed while its answer is stored. A job that is finished stays as it is. */
    const move = (next: Partial<JobItem>): Promise<boolean> => {
      const moved = last.then(async () => {
        if (!mine || job.state !== 'running') return false;
        const changed: JobItem = { ...job, ...next, version: job.version + 1 };
        mine = await writeJob(table, changed);
        if (mine) job = changed;
        return mine;
      });
      last = moved.catch(() => undefined);
      return moved;
    };
    return {
      operation: claimed.operation,
      input,
      attempt: claimed.attempts,
      renew: () => move({ lease: now() + LEASE_MS }),
      async complete(pieces) {
        const key = `${JOB_OBJECTS}${claimed.id}/answer-${claimed.version}.json`;
        const answer = await publish(
          key,
          whilst(() => mine, pieces),
        );
        if (await move({ state: 'done', answer })) return true;
        await objects.remove(key);
        return false;
      },
      fail: (failure: JobFailure) => move({ state: 'failed', failure }),
      async release() {
        await move({ state: 'waiting' });
      },
    };
  }

  function describe(job: JobItem): Job {
    const { id, owner, operation, submitted, expires, state, answer, failure } = job;
    const common = {
      id,
      owner,
      operation,
      submitted,
      expires,
      input: async () => (await readJson(job.question)) as object,
    };
    if (state === 'done' && answer !== undefined) {
      return { ...common, state, bytes: answer.bytes, answer: () => readPieces(answer) };
    }
    if (state === 'failed' && failure !== undefined) return { ...common, state, failure };
    return { ...common, state: state === 'waiting' ? 'waiting' : 'running' };
  }

  /** Writes text to a file of its own and publishes it. */
  async function publish(key: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<ObjectReference> {
    const folder = await stage();
    try {
      const path = join(folder, 'text.json');
      const hash = createHash('sha256');
      await pipeline(Readable.from(hashed(pieces, hash)), createWriteStream(path));
      const { size: bytes } = await stat(path);
      await objects.publish(path, key);
      return { key, bytes, sha256: hash.digest('hex') };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function* readPieces(object: ObjectReference): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < object.bytes; at += PIECE_BYTES) {
      yield await objects.range(object, at, Math.min(PIECE_BYTES, object.bytes - at));
    }
  }

  async function readJson(object: ObjectReference): Promise<unknown> {
    return JSON.parse(Buffer.from(await objects.range(object, 0, object.bytes)).toString('utf8'));
  }

  async function removeObjects({ question, answer }: JobItem): Promise<void> {
    for (const object of [question, answer]) if (object !== undefined) await objects.remove(object.key);
  }
}

/** The pieces, as long as anyone wants them. */
async function* whilst(wanted: () => boolean, pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) {
    if (!wanted()) return;
    yield piece;
  }
}

async function* hashed(
  pieces: Iterable<string> | AsyncIterable<string>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<string> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
