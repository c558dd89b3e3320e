import { discoveryLambda } from '../../lib/http/lambda.ts';
import { operations } from '../../lib/operations/table.ts';

export const handler = discoveryLambda(
  operations.map((operation) => operation.row),
  process.env['GENOMICS_BASE_URL'],
);
