import { randomBytes } from 'node:crypto';
import { UnavailableError } from '../genomics/errors.ts';
import type { JobFailure } from '../operations/jobs.ts';
import type { ObjectReference } from './objects.ts';
import type { Item, Key, Table } from './table.ts';

/** A job as its item describes it. */
export interface JobItem {
  readonly id: string;
  readonly version: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  /** How often a worker began. */
  readonly attempts: number;
  /** Epoch milliseconds until which its worker is taken to be alive; while it runs. */
  readonly lease?: number;
  readonly owner: string;
  readonly operation: string;
  readonly question: ObjectReference;
  readonly answer?: ObjectReference;
  readonly failure?: JobFailure;
  /** Epoch milliseconds. */
  readonly submitted: number;
  readonly expires: number;
}

/** Partition that lists all jobs, for workers that look for one and for clearing away. */
const JOBS = 'JOBS';

export const jobKey = (id: string): Key => ({ pk: `JOB#${id}`, sk: 'JOB' });

/** Items of a job: its place in the list, and the job. `ttl` is in seconds, as DynamoDB's time to live wants it. */
export function newJobItems(job: JobItem): readonly [listed: Item, job: Item] {
  const ttl = Math.ceil(job.expires / 1000);
  return [
    { pk: JOBS, sk: job.id, ttl },
    { ...jobKey(job.id), version: job.version, ttl, job: JSON.stringify(job) },
  ];
}

/** @throws UnavailableError for an item that is none */
export function jobOf(item: Item): JobItem {
  const text = item['job'];
  if (typeof text !== 'string') throw new UnavailableError('the archive holds a damaged job');
  return JSON.parse(text) as JobItem;
}

/** Writes the next version of a job; false when someone else did. */
export async function writeJob(table: Table, job: JobItem): Promise<boolean> {
  const [, item] = newJobItems(job);
  const written = randomBytes(9).toString('base64url');
  if (await table.putIf({ ...item, written }, { version: job.version - 1 })) return true;
  // A retried write may find that its first attempt had arrived after all. Two workers may write the same words.
  return (await table.get(jobKey(job.id)))?.['written'] === written;
}

export async function listedJobs(table: Table): Promise<readonly string[]> {
  return (await table.query(JOBS)).map(({ sk }) => sk);
}

export async function jobsOf(table: Table, ids: readonly string[]): Promise<readonly JobItem[]> {
  return ids.length === 0 ? [] : (await table.getAll(ids.map(jobKey))).map(jobOf);
}
