/**
 * Codes of RFC 6749 (4.1.2.1 and 5.2), RFC 6750 and RFC 7009 that this façade answers with.
 * @see https://www.rfc-editor.org/rfc/rfc6749
 */
type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_token'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'temporarily_unavailable'
  | 'server_error';

const STATUS: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  invalid_token: 401,
  access_denied: 403,
  server_error: 500,
  temporarily_unavailable: 503,
};

/** A refusal in OAuth's words. The description never quotes a token, a code, a secret or another person's id. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  readonly status: number;
  /** Headers that the status calls for, such as `WWW-Authenticate`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: OAuthErrorCode, description: string, headers: Readonly<Record<string, string>> = {}) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
    this.status = STATUS[code] ?? 400;
    this.headers = headers;
  }
}

/** Cognito, the table or a client's key set did not answer: the client may try again, and nothing was granted. */
export class ServiceUnavailableError extends OAuthError {
  constructor(what: string, options: ErrorOptions = {}) {
    super('temporarily_unavailable', `${what} can't be reached now; try again`, { 'Retry-After': '5' });
    this.name = 'ServiceUnavailableError';
    if (options.cause !== undefined) this.cause = options.cause;
  }
}

/** What is told of any failure; of one of our own only that it is one. */
export function oauthErrorOf(error: unknown): OAuthError {
  return error instanceof OAuthError ? error : new OAuthError('server_error', 'Internal error');
}
