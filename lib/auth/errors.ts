import { GenomicsError } from '../genomics/errors.ts';

/** The protection space of every challenge. */
const REALM = 'fhir';

/** A refusal with the challenge that RFC 6750 wants in `WWW-Authenticate`. */
export abstract class AccessError extends GenomicsError {
  abstract readonly challenge: string;
}

/** No credentials, or none of a kind that is read here. */
export class LoginRequiredError extends AccessError {
  readonly issue = 'login';
  readonly challenge = `Bearer realm="${REALM}"`;

  constructor() {
    super('Who is asking is not known: send an access token, as Authorization: Bearer');
  }
}

/**
 * A token that is not accepted. The caller learns only whether to fetch a new one: which check failed would help whoever
 * forges tokens. `reason` is for the operator's log and holds nothing of the token.
 */
export class InvalidTokenError extends AccessError {
  readonly issue: 'expired' | 'security';
  readonly challenge = `Bearer realm="${REALM}", error="invalid_token"`;
  readonly reason: string;

  constructor(reason: string, issue: 'expired' | 'security' = 'security') {
    super(issue === 'expired' ? 'The access token has expired' : 'The access token is not accepted');
    this.issue = issue;
    this.reason = reason;
  }
}

/** Credentials that are no single bearer token. */
export class MalformedCredentialsError extends AccessError {
  readonly issue = 'invalid';
  readonly challenge = `Bearer realm="${REALM}", error="invalid_request"`;

  constructor() {
    super('The Authorization header has to be Bearer and one token');
  }
}

/** Who is asking is known and may not. The text depends on the operation only, never on what is in the archive. */
export class ForbiddenError extends AccessError {
  readonly issue = 'forbidden';
  readonly challenge: string;

  /** @param scopes what would have sufficed, in the grammar of scopes */
  constructor(scopes: readonly string[]) {
    super(
      `The access token does not permit this; it takes ${scopes.join(' and ')} or the like, with a reach to what is asked`,
    );
    this.challenge = `Bearer realm="${REALM}", error="insufficient_scope", scope="${scopes.join(' ')}"`;
  }
}
