import { asyncLambda } from '../../lib/http/lambda.ts';
import { operations } from '../../lib/operations/table.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = asyncLambda(
  operations.map(({ row }) => row),
  awsJobs(process.env),
);
