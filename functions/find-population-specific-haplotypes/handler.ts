import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationSpecificHaplotypes } from '../../lib/operations/find-population-specific-haplotypes.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findPopulationSpecificHaplotypes, await awsPorts(process.env), awsJobs(process.env));
