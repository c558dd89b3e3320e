import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectDxImplications } from '../../lib/operations/find-subject-dx-implications.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findSubjectDxImplications, await awsPorts(process.env), awsJobs(process.env));
