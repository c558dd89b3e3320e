import { facadeLambda } from '../../lib/http/facade-lambda.ts';
import { awsFacade } from '../../lib/store/facade.ts';

export const handler = facadeLambda('smart-authorize', awsFacade(process.env));
