/** A refusal in the form of OAuth 2.0: `{"error", "error_description"}`. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}

/** What is asked or sent is malformed. */
export function badRequest(description: string): Refusal {
  return new Refusal(400, 'invalid_request', description);
}
