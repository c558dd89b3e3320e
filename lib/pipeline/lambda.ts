import type { EventBridgeEvent } from 'aws-lambda';
import { GenomicsError } from '../genomics/errors.ts';
import { type JobReport, runJob } from './job.ts';
import { type Job, planManifest } from './plan.ts';
import type { Pipeline } from './ports.ts';

/** What EventBridge says of a new object. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
interface ObjectCreated {
  readonly object: { readonly key: string; readonly 'version-id'?: string };
}

/** The first state of the pipeline: a manifest's event to its jobs. */
export function planLambda(pipeline: Pipeline) {
  return ({ detail }: EventBridgeEvent<'Object Created', ObjectCreated>): Promise<readonly Job[]> => {
    const { key, 'version-id': versionId } = detail.object;
    return telling(() => planManifest(pipeline, { key, ...(versionId === undefined ? {} : { versionId }) }));
  };
}

/** The state that ingests one study. */
export function jobLambda(pipeline: Pipeline) {
  return (job: Job): Promise<JobReport> => telling(() => runJob(pipeline, job));
}

/**
 * The message of an error ends in the dead-letter queue, for an operator to read: the project's own errors are written
 * for people. Any other may hold what a file says of a person, and is told by its name only.
 */
async function telling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GenomicsError) throw error;
    throw new Error(`an internal fault (${error instanceof Error ? error.name : typeof error})`);
  }
}
