/** Work done one after the other beside the scanning of a file. */
export interface JobQueue {
  add(job: () => Promise<void>): void;
  /** Waits until at most `waiting` jobs are left. @throws what a job threw */
  settle(waiting: number): Promise<void>;
}

export function jobQueue(): JobQueue {
  let chain: Promise<void> = Promise.resolve();
  let left = 0;
  let failure: { readonly error: unknown } | undefined;
  let finished: readonly Promise<void>[] = [];
  return {
    add(job) {
      left++;
      chain = chain.then(async () => {
        try {
          if (failure === undefined) await job();
        } catch (error) {
          failure ??= { error };
        } finally {
          left--;
          finished = finished.slice(1);
        }
      });
      finished = [...finished, chain];
    },
    async settle(waiting) {
      while (left > waiting) await finished[left - waiting - 1];
      if (failure !== undefined) throw failure.error;
    },
  };
}
