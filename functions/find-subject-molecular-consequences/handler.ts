import { lambda } from '../../lib/http/lambda.ts';
import { findSubjectMolecularConsequences } from '../../lib/operations/find-subject-molecular-consequences.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import { awsJobs } from '../../lib/store/aws-jobs.ts';

export const handler = lambda(findSubjectMolecularConsequences, await awsPorts(process.env), awsJobs(process.env));
