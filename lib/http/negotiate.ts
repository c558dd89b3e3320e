import { HttpError } from './errors.ts';
import type { OperationRequest } from './request.ts';

export type Encoding = 'identity' | 'gzip' | 'br';

/** Media types a request may have. */
export type BodyType = 'json' | 'form';

interface Preference {
  /** Lower case, without parameters. */
  readonly value: string;
  /** Lower-case parameter names, `q` excluded. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly q: number;
}

const JSON_TYPES = ['application/fhir+json', 'application/json'];
const JSON_FORMATS = [...JSON_TYPES, 'json', 'text/json'];

/**
 * Refuses a request that can't take FHIR R4 JSON. `_format`, where given, stands in for `Accept`.
 *
 * @throws HttpError 406
 */
export function checkAcceptable(request: OperationRequest): void {
  const format = request.query.get('_format')?.[0];
  if (format !== undefined) {
    // A `+` that was not percent-encoded has become a space on the way.
    const [preference] = preferences(format.replace('fhir json', 'fhir+json'));
    if (preference !== undefined && JSON_FORMATS.includes(preference.value) && isR4(preference)) return;
    throw notAcceptable();
  }
  const accept = request.headers.get('accept');
  if (accept === undefined || accept.trim() === '') return;
  const ranges = preferences(accept);
  if (!JSON_TYPES.some((type) => quality(ranges, type) > 0)) throw notAcceptable();
}

/** @throws HttpError 415 for anything but JSON and form data in UTF-8 */
export function bodyTypeOf(request: OperationRequest): BodyType {
  const header = request.headers.get('content-type') ?? '';
  const [type] = preferences(header);
  const charset = type?.parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  if (type !== undefined && ['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    if (JSON_TYPES.includes(type.value) && isR4(type)) return 'json';
    if (type.value === 'application/x-www-form-urlencoded') return 'form';
  }
  throw new HttpError(
    415,
    'The body has to be application/fhir+json (a Parameters resource) or application/x-www-form-urlencoded, in UTF-8',
    { issue: 'not-supported', headers: { Accept: `${JSON_TYPES.join(', ')}, application/x-www-form-urlencoded` } },
  );
}

/** The encoding the client likes best; of equals brotli, then gzip. Identity when it names none of them. */
export function encodingOf(request: OperationRequest): Encoding {
  const header = request.headers.get('accept-encoding');
  if (header === undefined) return 'identity';
  const ranges = preferences(header);
  const asked = (name: string) => ranges.find((r) => r.value === name) ?? ranges.find((r) => r.value === '*');
  const identity = ranges.find((range) => range.value === 'identity')?.q ?? 0;
  let best: Encoding = 'identity';
  let bestQ = identity;
  for (const encoding of ['gzip', 'br'] as const) {
    const q = asked(encoding)?.q ?? 0;
    if (q > 0 && q >= bestQ) [best, bestQ] = [encoding, q];
  }
  return best;
}

/** The most specific range that names a type decides (RFC 9110, 12.5.1). */
function quality(ranges: readonly Preference[], type: string): number {
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const name of [type, family, '*/*']) {
    const named = ranges.filter((range) => range.value === name && isR4(range));
    if (named.length > 0) return Math.max(...named.map((range) => range.q));
  }
  return 0;
}

function isR4(preference: Preference): boolean {
  const version = preference.parameters.get('fhirversion');
  return version === undefined || version === '4.0' || version === '4.0.1';
}

function preferences(header: string): readonly Preference[] {
  return header
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(preference);
}

function preference(text: string): Preference {
  const [value = '', ...rest] = text.split(';').map((piece) => piece.trim());
  const parameters = new Map<string, string>();
  for (const piece of rest) {
    const [name = '', content = ''] = piece.split('=', 2);
    parameters.set(name.trim().toLowerCase(), content.trim().replace(/^"(.*)"$/, '$1'));
  }
  const q = Number(parameters.get('q') ?? 1);
  parameters.delete('q');
  return { value: value.toLowerCase(), parameters, q: Number.isFinite(q) ? Math.min(Math.max(q, 0), 1) : 0 };
}

function notAcceptable(): HttpError {
  return new HttpError(406, 'Answers are FHIR R4 JSON (application/fhir+json) only', { issue: 'not-supported' });
}
