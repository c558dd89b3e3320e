import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationSpecificVariants } from '../../lib/operations/find-population-specific-variants.ts';
import { awsJobs, awsPorts } from '../../lib/store/aws.ts';

export const handler = lambda(findPopulationSpecificVariants, await awsPorts(process.env), { jobs: awsJobs(process.env) });
