import { createHash } from 'node:crypto';
import { InvalidInputError } from '../genomics/errors.ts';
import type { IngestRequest } from './request.ts';

const STUDY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The study a request is about: as named, else subject, test id and assembly joined by `_` (a cohort: test id and
 * assembly). Characters that keys can't have become `-`, followed by a digest, so that no two tests share an id.
 *
 * @throws InvalidInputError for a named id outside `[A-Za-z0-9._-]`.
 */
export function studyIdOf({ study, inputs, testId, assembly }: IngestRequest): string {
  if (study !== undefined) {
    if (STUDY.test(study)) return study;
    throw new InvalidInputError(`'${study}' cannot be a study id: 1 to 128 of A-Z, a-z, 0-9, . _ and -`);
  }
  const [subject] = inputs.flatMap((input) => input.subject ?? []);
  return keyable([...(subject === undefined ? [] : [subject]), testId, assembly].join('_'));
}

/** The study of the genotypes that were imported for a test of a subject. */
export function genotypeStudyId({ subject, testId }: { readonly subject: string; readonly testId: string }): string {
  return keyable([subject, testId, 'genotypes'].join('_'));
}

function keyable(derived: string): string {
  if (STUDY.test(derived)) return derived;
  const digest = createHash('sha256').update(derived).digest('hex').slice(0, 12);
  return `${derived
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 110)}-${digest}`;
}
