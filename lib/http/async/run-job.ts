import { outcomeOf } from '../../fhir/outcome.ts';
import { UnavailableError } from '../../genomics/errors.ts';
import type { JobStore } from '../../operations/jobs.ts';
import type { Ports } from '../../operations/ports.ts';
import type { Input, Operation, OperationRow } from '../../operations/row.ts';

export interface JobWorker {
  readonly jobs: JobStore;
  readonly operations: readonly Operation[];
  readonly ports: Ports;
  /** Told of failures that are ours to mend. */
  readonly onFault: (error: unknown, job: string) => void;
}

/** A claim that is not renewed within a minute passes to another worker. */
const RENEW_MS = 20_000;
/** What can't be read now is tried again, this often in all, before the client is told. */
const MOST_ATTEMPTS = 3;

/**
 * Answers one job, unless it is finished, cancelled or in other hands. A question that can't be answered is a failed job
 * with the status and OperationOutcome that the request would have got.
 *
 * @returns whether the job is settled; false when it should be begun again
 * @throws UnavailableError when the jobs themselves can't be reached
 */
export async function runJob(id: string, { jobs, operations, ports, onFault }: JobWorker): Promise<boolean> {
  const claim = await jobs.claim(id);
  if (claim === undefined) return true;
  const alive = setInterval(() => void claim.renew().catch((error: unknown) => onFault(error, id)), RENEW_MS);
  try {
    // Workers that die say nothing; a question that kills them all is not asked for ever.
    if (claim.attempt > MOST_ATTEMPTS) throw new UnavailableError('The question could not be answered; ask for less');
    const operation = operations.find(({ row }) => row.code === claim.operation);
    if (operation === undefined) throw new Error(`no operation ${claim.operation}`);
    const prepared = await operation.prepare(claim.input as Input<OperationRow>, { ...ports, patient: true });
    await claim.complete(prepared.run());
    return true;
  } catch (error) {
    const { status, body } = outcomeOf(error);
    if (status >= 500) onFault(error, id);
    if (error instanceof UnavailableError && claim.attempt < MOST_ATTEMPTS) {
      await claim.release();
      return false;
    }
    await claim.fail({ status, outcome: JSON.stringify(body) });
    return true;
  } finally {
    clearInterval(alive);
  }
}
