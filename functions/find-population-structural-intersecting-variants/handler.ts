import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationStructuralIntersectingVariants } from '../../lib/operations/find-population-structural-intersecting-variants.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(
  findPopulationStructuralIntersectingVariants,
  await awsPorts(process.env),
  awsJobs(process.env),
);
