import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationStructuralSubsumingVariants } from '../../lib/operations/find-population-structural-subsuming-variants.ts';
import { awsJobs, awsPorts } from '../../lib/store/aws.ts';

export const handler = lambda(findPopulationStructuralSubsumingVariants, await awsPorts(process.env), { jobs: awsJobs(process.env) });
