import { jobLambda } from '../../lib/pipeline/lambda.ts';
import { awsPipeline } from '../../lib/store/aws.ts';

export const handler = jobLambda(awsPipeline(process.env));
