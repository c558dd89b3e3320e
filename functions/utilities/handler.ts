import { utilitiesLambda } from '../../lib/http/lambda.ts';
import { utilities } from '../../lib/operations/utilities/table.ts';
import { awsPorts } from '../../lib/store/aws.ts';

export const handler = utilitiesLambda(utilities, await awsPorts(process.env));
