import type { OperationOutcome } from '@medplum/fhirtypes';
import { GenomicsError, type IssueCode, LiftoverError } from '../genomics/errors.ts';

/** HTTP status of each issue type; nothing else in the project decides a status for a failure. */
const HTTP_STATUS = {
  invalid: 400,
  required: 400,
  value: 400,
  login: 401,
  expired: 401,
  security: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-costly': 413,
  'not-supported': 422,
  processing: 422,
  throttled: 429,
  exception: 500,
  transient: 503,
} as const satisfies Readonly<Record<IssueCode, number>>;

/** What a caller is told about a failure. */
export interface Outcome {
  readonly status: number;
  readonly body: OperationOutcome;
}

/**
 * Any failure as a status and an OperationOutcome. Only the project's own errors speak; of everything else, which may
 * hold paths, SQL or genotypes, the caller learns nothing.
 */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof GenomicsError)) return { status: 500, body: operationOutcome('exception', 'Internal error') };
  const { issue, message, expression } = error;
  // The Implementation Guide words this one answer itself; clients may look for it.
  const details = error instanceof LiftoverError ? 'ERROR: Failed LiftOver' : undefined;
  return { status: HTTP_STATUS[issue], body: operationOutcome(issue, message, expression, details) };
}

/** An OperationOutcome with one error. `expression` names the parameter at fault. */
export function operationOutcome(
  code: IssueCode,
  diagnostics: string,
  expression?: string,
  details?: string,
): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code,
        ...(details === undefined ? {} : { details: { text: details } }),
        diagnostics,
        ...(expression === undefined ? {} : { expression: [expression] }),
      },
    ],
  };
}
