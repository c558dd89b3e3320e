import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectStructuralSubsumingVariants } from '../../lib/operations/find-subject-structural-subsuming-variants.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(
  findSubjectStructuralSubsumingVariants,
  await awsPorts(process.env),
  awsJobs(process.env),
);
