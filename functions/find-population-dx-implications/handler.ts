import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationDxImplications } from '../../lib/operations/find-population-dx-implications.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findPopulationDxImplications, await awsPorts(process.env), awsJobs(process.env));
