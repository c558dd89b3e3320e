import { OAuthError } from './errors.ts';

/**
 * Scopes about data, v1 and v2.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
const DATA_SCOPE =
  /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(?:(read|write|\*)|(?=[cruds])(c?r?u?d?s?))(?:\?(.+))?$/;

const V1_PERMISSIONS: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Scopes about identity and context that the façade can honour. */
const OTHER_SCOPES: ReadonlySet<string> = new Set(['openid', 'fhirUser', 'offline_access', 'launch', 'launch/patient']);

export type ScopeContext = 'patient' | 'user' | 'system';

interface DataScope {
  readonly context: ScopeContext;
  readonly type: string;
  /** Letters of `cruds`. */
  readonly permissions: string;
  /** Search constraint of a granular scope. */
  readonly query: string | undefined;
}

function parseDataScope(token: string): DataScope | undefined {
  const [, context, type, v1, v2, query] = DATA_SCOPE.exec(token) ?? [];
  if (context === undefined || type === undefined) return undefined;
  const permissions = v1 === undefined ? (v2 ?? '') : (V1_PERMISSIONS[v1] ?? '');
  return { context: context as ScopeContext, type, permissions, query };
}

/** `patient`, `user` or `system` of a scope about data. */
export function contextOf(token: string): ScopeContext | undefined {
  return parseDataScope(token)?.context;
}

/** Whether this façade could ever grant it. */
export function isKnownScope(token: string): boolean {
  return OTHER_SCOPES.has(token) || parseDataScope(token) !== undefined;
}

/** Splits `scope`. @throws OAuthError `invalid_scope` when it is no list of RFC 6749, 3.3 */
export function splitScope(text: string): string[] {
  if (!/^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/.test(text)) {
    throw new OAuthError('invalid_scope', "'scope' is not a list of scopes separated by single spaces");
  }
  return [...new Set(text.split(' '))];
}

/** What of `asked` is covered by `allowed`, in the order and spelling of `asked`; nothing is ever widened. */
export function coveredScopes(asked: readonly string[], allowed: readonly string[]): string[] {
  return asked.filter((token) => allowed.some((one) => covers(one, token)));
}

/** Whether whoever may have `wide` may have `narrow`. */
function covers(wide: string, narrow: string): boolean {
  if (OTHER_SCOPES.has(narrow)) return wide === narrow;
  const [outer, inner] = [parseDataScope(wide), parseDataScope(narrow)];
  if (outer === undefined || inner === undefined) return false;
  return (
    outer.context === inner.context &&
    (outer.type === '*' || outer.type === inner.type) &&
    [...inner.permissions].every((permission) => outer.permissions.includes(permission)) &&
    (outer.query === undefined || outer.query === inner.query)
  );
}
