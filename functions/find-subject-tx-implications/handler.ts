import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectTxImplications } from '../../lib/operations/find-subject-tx-implications.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findSubjectTxImplications, await awsPorts(process.env), awsJobs(process.env));
