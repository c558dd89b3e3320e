import { lambda } from '../../lib/http/lambda.ts';
import { findStudyMetadata } from '../../lib/operations/find-study-metadata.ts';
import { awsJobs, awsPorts } from '../../lib/store/aws.ts';

export const handler = lambda(findStudyMetadata, await awsPorts(process.env), { jobs: awsJobs(process.env) });
