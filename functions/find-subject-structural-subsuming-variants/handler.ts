import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectStructuralSubsumingVariants } from '../../lib/operations/find-subject-structural-subsuming-variants.ts';
import { awsJobs, awsPorts } from '../../lib/store/aws.ts';

export const handler = lambda(findSubjectStructuralSubsumingVariants, await awsPorts(process.env), { jobs: awsJobs(process.env) });
