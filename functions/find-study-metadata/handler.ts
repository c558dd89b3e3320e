import { lambda } from '../../lib/http/lambda.ts';
import { findStudyMetadata } from '../../lib/operations/find-study-metadata.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findStudyMetadata, await awsPorts(process.env), awsJobs(process.env));
