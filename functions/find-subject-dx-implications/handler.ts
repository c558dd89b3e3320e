import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectDxImplications } from '../../lib/operations/find-subject-dx-implications.ts';
import { awsJobs, awsPorts } from '../../lib/store/aws.ts';

export const handler = lambda(findSubjectDxImplications, await awsPorts(process.env), { jobs: awsJobs(process.env) });
