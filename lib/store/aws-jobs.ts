import type { JobStore } from '../operations/jobs.ts';
import { awsParts, type Environment } from './aws-parts.ts';
import { jobStore } from './job-store.ts';

/**
 * Questions that are answered later, in the archive's table and bucket. Apart from `awsPorts`, because whoever only tells
 * of them needs no DuckDB.
 *
 * @throws InvalidInputError naming the variable at fault.
 */
export function awsJobs(env: Environment): JobStore {
  const { table, objects, stage } = awsParts(env);
  return jobStore({ table, objects, stage });
}
