/** A question whose answer is made after the request that asked it. */
export interface NewJob {
  /** Who may see and cancel it: one client acting for one person. Opaque to the store. */
  readonly owner: string;
  /** Code of the operation. */
  readonly operation: string;
  /** The checked input of the operation. */
  readonly input: object;
}

/** What became of a job. A cancelled one is as if it had never been. */
export type JobOutcome =
  | { readonly state: 'waiting' | 'running' }
  /** `failure` is what a request would have been refused with: a status and the OperationOutcome's JSON text. */
  | { readonly state: 'failed'; readonly failure: JobFailure }
  /** `answer` reads the JSON text of the answer, in pieces. @throws UnavailableError */
  | { readonly state: 'done'; readonly bytes: number; readonly answer: () => AsyncGenerator<Uint8Array> };

export interface JobFailure {
  readonly status: number;
  readonly outcome: string;
}

export type Job = JobOutcome & {
  readonly id: string;
  readonly owner: string;
  readonly operation: string;
  /** Epoch milliseconds. */
  readonly submitted: number;
  /** Epoch milliseconds after which the job and its answer are removed. */
  readonly expires: number;
  /** @throws UnavailableError */
  input(): Promise<object>;
};

/** The right to answer a job, for as long as it is renewed: another worker takes over from one that died. */
export interface JobClaim {
  readonly operation: string;
  readonly input: object;
  /** How often the job was begun, this time included. */
  readonly attempt: number;
  /** Says that the worker is alive, which holds for a minute; false when the job is no longer its own. */
  renew(): Promise<boolean>;
  /**
   * Stores the answer while it is made; false when the job was cancelled or taken over meanwhile.
   *
   * @throws whatever making it throws; nothing of it is kept then
   */
  complete(pieces: AsyncIterable<string>): Promise<boolean>;
  fail(failure: JobFailure): Promise<boolean>;
  /** Gives the job back, to be begun again. */
  release(): Promise<void>;
}

/** Jobs and their answers. Every method may throw UnavailableError. */
export interface JobStore {
  /** The id of the new job: unguessable, but no secret. */
  submit(job: NewJob): Promise<string>;
  /** Undefined for a job that never was, was cancelled or has expired. */
  find(id: string): Promise<Job | undefined>;
  /** Undefined when there is nothing to do: finished, cancelled, or in the hands of a living worker. */
  claim(id: string): Promise<JobClaim | undefined>;
  /** Ends a job and removes its answer. What is not there is no error. */
  cancel(id: string): Promise<void>;
  /** Ends every job and removes all questions and answers, whoever they are of; how many jobs. */
  cancelAll(): Promise<number>;
  /** Ids of jobs that are not finished, oldest first. */
  unfinished(): Promise<readonly string[]>;
  /** Removes what has expired; how many jobs. */
  removeExpired(): Promise<number>;
}
