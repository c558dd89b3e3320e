import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationTxImplications } from '../../lib/operations/find-population-tx-implications.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findPopulationTxImplications, await awsPorts(process.env), awsJobs(process.env));
