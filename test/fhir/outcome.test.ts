import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import {
  CannotAnswerError,
  ConflictError,
  InvalidInputError,
  LiftoverError,
  NotFoundError,
  RequiredInputError,
  UnavailableError,
} from '../../lib/genomics/errors.ts';

describe('outcomeOf', () => {
  it.each([
    [new InvalidInputError('bad', 'ranges'), 400, 'invalid'],
    [new RequiredInputError('missing', 'subject'), 400, 'required'],
    [new NotFoundError('nobody', 'subject'), 404, 'not-found'],
    [new ConflictError('taken'), 409, 'conflict'],
    [new CannotAnswerError('no reference', 'variants'), 422, 'processing'],
    [new LiftoverError('no chains', 'ranges'), 422, 'processing'],
    [new UnavailableError('no file'), 503, 'transient'],
  ])('%s is %i %s', (error, status, code) => {
    const outcome = outcomeOf(error);
    expect(outcome.status).toBe(status);
    const [issue, ...others] = outcome.body.issue;
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ severity: 'error', code, diagnostics: error.message });
    expect(issue?.expression).toEqual(error.expression === undefined ? undefined : [error.expression]);
    expect(issue?.details?.text).toBe(error instanceof LiftoverError ? 'ERROR: Failed LiftOver' : undefined);
  });

  it.each([new TypeError("can't read /data/studies/HG00403.parquet"), 'text', undefined, { message: 'object' }])(
    'tells nothing of %s',
    (error) => {
      expect(outcomeOf(error)).toEqual({
        status: 500,
        body: {
          resourceType: 'OperationOutcome',
          issue: [{ severity: 'error', code: 'exception', diagnostics: 'Internal error' }],
        },
      });
    },
  );
});
