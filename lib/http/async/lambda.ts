import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { logFailure } from '../telemetry.ts';
import type { JobWorker } from './run-job.ts';
import { type Pause, workOff } from './worker.ts';

const JOB = 'JOB#';

/**
 * The function that works off jobs as the table's stream tells of them; the stream tells again of those that fail.
 *
 * @param pause as of `workOff`
 */
export function workerLambda(worker: Omit<JobWorker, 'onFault'>, pause?: Pause) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<void> => {
    for (const id of Records.flatMap(jobOf)) await workOff(id, { ...worker, onFault: logFailure }, pause);
  };
}

function jobOf({ eventName, dynamodb }: DynamoDBRecord): readonly string[] {
  const key = dynamodb?.Keys?.['pk']?.S;
  return eventName === 'INSERT' && key?.startsWith(JOB) ? [key.slice(JOB.length)] : [];
}
