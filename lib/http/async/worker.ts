import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../../genomics/errors.ts';
import { type JobWorker, runJob } from './run-job.ts';

/** Longer than a silent worker is taken to be alive. */
const TAKEOVER_MS = 65_000;

/**
 * Works off one job of which a queue told, maybe not for the first time. Where another worker seems to have it, that one
 * may be dead: it is looked at once more after the time in which a living one would have said something.
 *
 * @param pause for tests; the real one waits
 * @throws UnavailableError when the queue has to tell of it again
 */
export async function workOff(
  id: string,
  worker: JobWorker,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<void> {
  for (const wait of [TAKEOVER_MS, undefined]) {
    if (!(await runJob(id, worker))) throw new UnavailableError('the job is to be begun again');
    const job = await worker.jobs.find(id);
    if (job?.state !== 'running' || wait === undefined) return;
    await pause(wait);
  }
}
