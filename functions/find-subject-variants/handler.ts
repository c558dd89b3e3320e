import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findSubjectVariants, await awsPorts(process.env), awsJobs(process.env));
