import { planLambda } from '../../lib/pipeline/lambda.ts';
import { awsPipeline } from '../../lib/store/aws.ts';

export const handler = planLambda(awsPipeline(process.env));
