import { lambda } from '../../lib/http/lambda.ts';
import { findPopulationMolecularConsequences } from '../../lib/operations/find-population-molecular-consequences.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findPopulationMolecularConsequences, await awsPorts(process.env), awsJobs(process.env));
