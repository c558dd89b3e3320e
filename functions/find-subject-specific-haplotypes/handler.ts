import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectSpecificHaplotypes } from '../../lib/operations/find-subject-specific-haplotypes.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findSubjectSpecificHaplotypes, await awsPorts(process.env), awsJobs(process.env));
