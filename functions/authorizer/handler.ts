import { denyAll } from '../../lib/http/authorizer.ts';

export const handler = denyAll;
