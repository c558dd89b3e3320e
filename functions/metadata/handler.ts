import { issuersOf } from '../../lib/auth/issuers.ts';
import { discoveryLambda } from '../../lib/http/lambda.ts';
import { operations } from '../../lib/operations/table.ts';

export const handler = discoveryLambda(
  operations.map((operation) => operation.row),
  process.env['GENOMICS_BASE_URL'],
  issuersOf(process.env['GENOMICS_ISSUERS']).find(({ smart }) => smart !== undefined)?.smart,
);
