import { type JobWorker, runJob } from './run-job.ts';

/** A worker inside the local server. */
export interface JobRunner {
  /** Begins a job as soon as those before it are done. */
  start(id: string): void;
  /** Takes no more jobs and waits for the one at work; what is left is begun when the server runs again. */
  close(): Promise<void>;
}

/** What could not be read a moment ago may be there again. */
const TRY_AGAIN_MS = 1_000;
/** How often forgotten and expired jobs are looked for: those of a process that died, and those to be tried again. */
const LOOK_AROUND_MS = 30_000;

/** Answers jobs one after the other, beginning with those that an earlier process left. */
export function startJobRunner(worker: JobWorker): JobRunner {
  const queue = new Set<string>();
  let working: Promise<void> | undefined;
  let closed = false;

  const work = async (): Promise<void> => {
    for (let next = first(queue); next !== undefined && !closed; next = first(queue)) {
      queue.delete(next);
      const id = next;
      const settled = await runJob(id, worker).catch((error: unknown) => worker.onFault(error, id));
      if (settled === false) setTimeout(() => start(id), TRY_AGAIN_MS).unref();
    }
    working = undefined;
  };
  const start = (id: string): void => {
    queue.add(id);
    if (!closed) working ??= work();
  };
  const lookAround = async (): Promise<void> => {
    try {
      await worker.jobs.removeExpired();
      for (const id of await worker.jobs.unfinished()) start(id);
    } catch (error) {
      worker.onFault(error, 'jobs');
    }
  };
  let looking = lookAround();
  const timer = setInterval(() => {
    looking = looking.then(lookAround);
  }, LOOK_AROUND_MS);
  timer.unref();

  return {
    start,
    async close() {
      closed = true;
      clearInterval(timer);
      await looking;
      await working;
    },
  };
}

const first = (queue: ReadonlySet<string>): string | undefined => queue.values().next().value;
