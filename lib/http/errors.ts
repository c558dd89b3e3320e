import { GenomicsError, type IssueCode } from '../genomics/errors.ts';

interface HttpErrorOptions extends ErrorOptions {
  readonly issue: IssueCode;
  readonly expression?: string;
  /** Headers that the status calls for, such as `Allow` with 405. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal that HTTP itself has a status for: method, media type, size, host. */
export class HttpError extends GenomicsError {
  readonly issue: IssueCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: HttpErrorOptions) {
    super(message, options.expression, options);
    this.issue = options.issue;
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/** 405, saying what is allowed. */
export function methodNotAllowed(method: string, allow: string): HttpError {
  return new HttpError(405, `Method ${method} is not allowed here; allowed: ${allow}`, {
    issue: 'not-supported',
    headers: { Allow: allow },
  });
}

/** 413: the request asks for more than one request may. */
export function tooCostly(message: string, expression?: string): HttpError {
  return new HttpError(413, message, { issue: 'too-costly', ...(expression === undefined ? {} : { expression }) });
}
