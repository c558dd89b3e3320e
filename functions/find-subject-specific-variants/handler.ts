import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectSpecificVariants } from '../../lib/operations/find-subject-specific-variants.ts';
import { awsJobs, awsPorts } from '../../lib/store/aws.ts';

export const handler = lambda(findSubjectSpecificVariants, await awsPorts(process.env), { jobs: awsJobs(process.env) });
