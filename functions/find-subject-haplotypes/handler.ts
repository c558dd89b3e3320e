import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectHaplotypes } from '../../lib/operations/find-subject-haplotypes.ts';
import { awsJobs, awsPorts } from '../../lib/store/aws.ts';

export const handler = lambda(findSubjectHaplotypes, await awsPorts(process.env), { jobs: awsJobs(process.env) });
