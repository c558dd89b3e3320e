import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectHaplotypes } from '../../lib/operations/find-subject-haplotypes.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findSubjectHaplotypes, await awsPorts(process.env), awsJobs(process.env));
