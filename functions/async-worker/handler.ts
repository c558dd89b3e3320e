import { workerLambda } from '../../lib/http/async/lambda.ts';
import { operations } from '../../lib/operations/table.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = workerLambda({ jobs: awsJobs(process.env), operations, ports: await awsPorts(process.env) });
