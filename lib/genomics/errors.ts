/**
 * FHIR issue types this project uses.
 * @see https://hl7.org/fhir/R4/valueset-issue-type.html
 */
export type IssueCode =
  | 'invalid'
  | 'required'
  | 'value'
  | 'not-found'
  | 'not-supported'
  | 'processing'
  | 'login'
  | 'expired'
  | 'security'
  | 'forbidden'
  | 'too-costly'
  | 'throttled'
  | 'transient'
  | 'conflict'
  | 'exception';

/** Any failure a caller may be told about. Everything else becomes a bare 500. */
export abstract class GenomicsError extends Error {
  abstract readonly issue: IssueCode;
  /** FHIRPath-like name of the input at fault, such as `ranges` or `ranges[3]`; absent when no single input is. */
  readonly expression: string | undefined;

  constructor(message: string, expression?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.expression = expression;
  }
}

/** Text that should state a range, an allele, a date ... and does not. */
export class InvalidInputError extends GenomicsError {
  readonly issue = 'invalid';
}

/** A required input is absent. */
export class RequiredInputError extends GenomicsError {
  readonly issue = 'required';
}

/** The subject, study or operation does not exist. */
export class NotFoundError extends GenomicsError {
  readonly issue = 'not-found';
}

/** A legal question that this server can't answer for this subject's data: never an empty or negative answer. */
export class CannotAnswerError extends GenomicsError {
  readonly issue = 'processing';
}

/** A range or allele that could not be carried to the assembly of the subject's data. */
export class LiftoverError extends CannotAnswerError {}

/** A legal question that takes more work than one request may cost; it may be asked with more time. */
export class TooCostlyError extends GenomicsError {
  readonly issue = 'too-costly';
}

/** A file or table that the answer needs could not be read. The caller may try again. */
export class UnavailableError extends GenomicsError {
  readonly issue = 'transient';
}

/** The archive may answer only after its operator has done something. */
export class NotReadyError extends UnavailableError {
  /** What to do, for the log: it names nobody, as the message need not. */
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** The store already holds something else under this name, or someone else changed it meanwhile. */
export class ConflictError extends GenomicsError {
  readonly issue = 'conflict';
}
