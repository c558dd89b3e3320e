import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationSpecificVariants } from '../../lib/operations/find-population-specific-variants.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findPopulationSpecificVariants, await awsPorts(process.env), awsJobs(process.env));
