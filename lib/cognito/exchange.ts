import { OAuthError } from './errors.ts';

type Multimap = ReadonlyMap<string, readonly string[]>;

/** One request to the façade; parameters decoded. */
export interface FacadeRequest {
  readonly method: string;
  readonly query: Multimap;
  /** Of an `application/x-www-form-urlencoded` body; empty without one. */
  readonly form: Multimap;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface FacadeReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Parameters of which each was sent once. */
export type Single = ReadonlyMap<string, string>;

/**
 * OAuth parameters must not be repeated (RFC 6749, 3.1): one reader would take the first, another the last. Those
 * without a value count as absent.
 *
 * @throws OAuthError `invalid_request`
 */
export function single(parameters: Multimap): Single {
  const map = new Map<string, string>();
  for (const [name, values] of parameters) {
    if (values.length > 1) throw new OAuthError('invalid_request', 'A parameter is sent more than once');
    const [value = ''] = values;
    if (value !== '') map.set(name, value);
  }
  return map;
}

/** @throws OAuthError `invalid_request` naming the parameter. */
export function required(parameters: Single, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) throw new OAuthError('invalid_request', `'${name}' is missing`);
  return value;
}

/** Nothing that this façade says may be kept by a cache (RFC 6749, 5.1). */
export const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;

export function json(status: number, value: object, headers: Readonly<Record<string, string>> = {}): FacadeReply {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...NO_STORE, ...headers },
    body: JSON.stringify(value),
  };
}

/** RFC 6749, 5.2. */
export function errorReply(error: OAuthError, headers: Readonly<Record<string, string>> = {}): FacadeReply {
  return json(
    error.status,
    { error: error.code, error_description: error.message },
    {
      ...error.headers,
      ...headers,
    },
  );
}

/** 303, so that the browser follows with GET and without what was posted. */
export function redirect(
  uri: string,
  parameters: Readonly<Record<string, string | undefined>>,
  headers: Readonly<Record<string, string>> = {},
): FacadeReply {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return {
    status: 303,
    headers: { Location: url.href, 'Referrer-Policy': 'no-referrer', ...NO_STORE, ...headers },
    body: '',
  };
}
