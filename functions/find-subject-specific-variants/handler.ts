import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectSpecificVariants } from '../../lib/operations/find-subject-specific-variants.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findSubjectSpecificVariants, await awsPorts(process.env), awsJobs(process.env));
