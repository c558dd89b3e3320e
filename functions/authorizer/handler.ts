import { issuersOf } from '../../lib/auth/issuers.ts';
import { JOB_RESOURCE } from '../../lib/http/async/resource.ts';
import { streamAudit } from '../../lib/http/audit.ts';
import { authorizer } from '../../lib/http/authorizer.ts';
import { operations } from '../../lib/operations/table.ts';
import { utilities } from '../../lib/operations/utilities/table.ts';

export const handler = authorizer({
  rows: operations.map((operation) => operation.row),
  utilities: utilities.map((utility) => utility.row),
  jobRoute: JOB_RESOURCE,
  issuers: issuersOf(process.env['GENOMICS_ISSUERS']),
  baseUrl: process.env['GENOMICS_BASE_URL'],
  audit: streamAudit((line) => process.stdout.write(line)),
});
