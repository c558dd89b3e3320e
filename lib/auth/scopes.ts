import type { AccessContext, AccessResource } from '../operations/access.ts';

/** A SMART resource scope, v1 or v2. */
export interface ResourceScope {
  readonly context: AccessContext;
  /** A FHIR type, or `*` for all. */
  readonly resource: string;
  /** Letters out of `cruds`, in that order. */
  readonly permissions: string;
  /** Search parameters after `?`, as written; the scope covers only data that satisfies every one. */
  readonly constraints: readonly Constraint[];
}

interface Constraint {
  readonly parameter: string;
  readonly value: string;
}

const RESOURCE_SCOPE =
  /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(?:(read|write|\*)|(?=[cruds])(c?r?u?d?s?))(?:\?(.+))?$/;

/** The permissions of SMART 1, in the letters of SMART 2. */
const V1_PERMISSIONS = { read: 'rs', write: 'cud', '*': 'cruds' } as const satisfies Readonly<Record<string, string>>;

/** A scope-token of RFC 6749, 3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * The scope-tokens of a claim: a text with single spaces between them, or a list. A claim of any other form is no
 * claim, and gives none: half of a malformed claim must not count.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3
 */
export function scopeTokens(claim: unknown): readonly string[] {
  const tokens: readonly unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  const wellFormed = tokens.every((token): token is string => typeof token === 'string' && SCOPE_TOKEN.test(token));
  return wellFormed ? [...new Set(tokens)] : [];
}

/**
 * Reads a scope-token as a SMART resource scope. Undefined for anything else: other scopes are legal and grant nothing
 * here. The whole token must match, letter case included, because a suffix read by halves could grant too much.
 *
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export function parseScope(token: string): ResourceScope | undefined {
  const [, context, resource, v1, v2, query] = RESOURCE_SCOPE.exec(token) ?? [];
  if (context === undefined || resource === undefined) return undefined;
  const permissions = v1 === undefined ? v2 : V1_PERMISSIONS[v1 as keyof typeof V1_PERMISSIONS];
  if (permissions === undefined) return undefined;
  const constraints = query === undefined ? [] : query.split('&').map(constraint);
  return { context: context as AccessContext, resource, permissions, constraints };
}

function constraint(text: string): Constraint {
  const at = text.indexOf('=');
  return at < 0 ? { parameter: text, value: '' } : { parameter: text.slice(0, at), value: text.slice(at + 1) };
}

/** Whether a scope lets its context search resources of a type, as these operations do. */
export function opens(scope: ResourceScope, resource: AccessResource): boolean {
  if (scope.resource !== '*' && scope.resource !== resource) return false;
  if (!scope.permissions.includes('s')) return false;
  return scope.constraints.every((one) => resource === 'Observation' && holdsForAll(one));
}

/** Categories that every Observation of this server has (slices labCategory and geCategory of the profiles). */
const CATEGORIES = [
  ['http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory'],
  ['http://terminology.hl7.org/CodeSystem/v2-0074', 'GE'],
] as const;

const SATISFIED = new Set<string>(CATEGORIES.flatMap(([system, code]) => [`${system}|${code}`, code]));

/**
 * Whether a constraint is true of every Observation here. Any that is not known to be, modifiers and other parameters
 * included, makes its scope grant nothing: answers are never filtered by it. `|code` is false of ours: in FHIR it means
 * a code without a system.
 */
function holdsForAll({ parameter, value }: Constraint): boolean {
  return parameter === 'category' && value.split(',').some((token) => SATISFIED.has(token));
}
