import { preTokenLambda } from '../../lib/http/facade-lambda.ts';
import { awsTickets } from '../../lib/store/facade.ts';

export const handler = preTokenLambda(awsTickets(process.env));
