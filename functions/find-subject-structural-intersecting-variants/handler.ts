import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectStructuralIntersectingVariants } from '../../lib/operations/find-subject-structural-intersecting-variants.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(
  findSubjectStructuralIntersectingVariants,
  await awsPorts(process.env),
  awsJobs(process.env),
);
