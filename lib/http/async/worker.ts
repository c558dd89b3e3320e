import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../../genomics/errors.ts';
import { type JobWorker, runJob } from './run-job.ts';

/** Longer than a silent worker is taken to be alive. */
const LOOK_AGAIN_MS = 65_000;
/** Together less than the quarter of an hour that a function has, and more than another one can still have. */
const MOST_LOOKS = 13;

export type Pause = (milliseconds: number) => Promise<unknown>;

/**
 * Works off one job of which a queue told, maybe not for the first time. Where another worker has it, that one may be
 * dead: the job is looked at until it is settled or can be taken over, so that the queue never believes too early that it
 * is done.
 *
 * @param pause for tests; the real one waits
 * @throws UnavailableError when the queue has to tell of it again
 */
export async function workOff(id: string, worker: JobWorker, pause: Pause = sleep): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    if (!(await runJob(id, worker))) throw new UnavailableError('the job is to be begun again');
    const job = await worker.jobs.find(id);
    if (job?.state !== 'running') return;
    await pause(LOOK_AGAIN_MS);
  }
  throw new UnavailableError('another worker has had the job for too long');
}
