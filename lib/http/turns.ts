import { setImmediate as immediate } from 'node:timers/promises';
import { HttpError } from './errors.ts';

/** Lets so much work be under way at a time, and the rest wait in the order it came. */
export interface Turns {
  /**
   * Does some work when it is its turn.
   *
   * @param gone aborted when nobody waits for the outcome any more: the work is then not begun
   * @throws HttpError 503 when too much waits already, 408 when `gone` comes first; and whatever the work throws
   */
  take<T>(work: () => Promise<T>, gone: AbortSignal): Promise<T>;
}

/** How much work is under way at a time, and how much may wait. */
export interface TurnLimits {
  readonly atOnce: number;
  readonly waiting: number;
}

export function turns({ atOnce, waiting }: TurnLimits): Turns {
  // A Set keeps the order of arrival and lets those in the middle go.
  const queue = new Set<() => void>();
  let free = atOnce;

  const place = (gone: AbortSignal): Promise<void> => {
    if (queue.size >= waiting) throw new HttpError(503, 'Too many questions wait already', { issue: 'throttled' });
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        gone.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        queue.delete(begin);
        reject(nobodyWaits());
      };
      queue.add(begin);
      gone.addEventListener('abort', leave, { once: true });
    });
  };
  /** Whoever is next takes the place that is left, so that nobody who comes now can get before. */
  const pass = (): void => {
    const [next] = queue;
    if (next === undefined) free++;
    else {
      queue.delete(next);
      next();
    }
  };

  return {
    async take(work, gone) {
      if (gone.aborted) throw nobodyWaits();
      if (free > 0) free--;
      else await place(gone);
      try {
        // A busy process reads a request in one round of events, and that its client has left in the next at the earliest.
        await immediate();
        await immediate();
        if (gone.aborted) throw nobodyWaits();
        return await work();
      } finally {
        pass();
      }
    },
  };
}

const nobodyWaits = (): HttpError =>
  new HttpError(408, 'Nobody waits for this answer any more', { issue: 'transient' });
