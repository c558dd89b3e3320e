import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationStructuralSubsumingVariants } from '../../lib/operations/find-population-structural-subsuming-variants.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(
  findPopulationStructuralSubsumingVariants,
  await awsPorts(process.env),
  awsJobs(process.env),
);
