import { type AccessContext, type AccessResource, type Requirement, requirementOf } from '../operations/access.ts';
import type { OperationRow } from '../operations/row.ts';
import { subjectId } from '../operations/subject-view.ts';
import { ForbiddenError } from './errors.ts';
import type { Caller, Principal } from './principal.ts';
import { opens, parseScope } from './scopes.ts';

/** What a caller may see of an answer; part of what decides an ETag. */
export type AuthorizedView = string;

/** What a request asks for, as far as rights depend on it. */
interface Asked {
  /** Id of the subject; undefined when the operation has none. */
  readonly subject?: string | undefined;
  /** Whether the requirement's `more` is asked for too. */
  readonly more: boolean;
}

/**
 * Decides whether a caller may ask this of an operation, before anything is looked up. Denies unless one context
 * (patient, user or system) of the token grants all of it; contexts never add up within one request.
 *
 * `base` is this server's `[base]`: a fhirUser that is a Patient of another server is none of ours.
 *
 * @throws ForbiddenError
 * @throws InvalidInputError when the subject is not written as one
 */
export function authorize(
  row: Pick<OperationRow, 'family' | 'in'>,
  input: Readonly<Record<string, unknown>>,
  caller: Caller,
  base: string,
): AuthorizedView {
  if (caller.kind === 'anyone') return 'anyone';
  const requirement = requirementOf(row);
  const asked = askedOf(row, requirement, input);
  const { principal } = caller;
  const granted = requirement.contexts.find(
    (context) =>
      reaches(context, principal, base, asked.subject) && covers(principal.scopes, context, requirement, asked.more),
  );
  if (granted === undefined) throw forbidden(requirement, asked.more);
  return granted === 'patient' ? `patient ${asked.subject}` : granted;
}

/**
 * Whether any request to an operation could be granted to this principal: what an authorizer, which sees no body, can
 * tell.
 */
export function couldAuthorize(row: Pick<OperationRow, 'family'>, principal: Principal, base: string): boolean {
  const requirement = requirementOf(row);
  // A token that reaches one subject only reaches the one it names.
  const subjects = requirement.contexts.includes('patient') ? [principal.patient, principal.fhirUser?.id] : [undefined];
  return requirement.contexts.some(
    (context) =>
      subjects.some((subject) => reaches(context, principal, base, subject)) &&
      covers(principal.scopes, context, requirement, false),
  );
}

/** The scopes of a list that can matter to an operation. */
export function relevantScopes(row: Pick<OperationRow, 'family'>, scopes: readonly string[]): readonly string[] {
  const { anyOf, more } = requirementOf(row);
  const resources = more === undefined ? anyOf : [...anyOf, more.resource];
  return scopes.filter((token) => {
    const scope = parseScope(token);
    return scope !== undefined && resources.some((resource) => opens(scope, resource));
  });
}

/** 403 for an operation, worded by what it requires and nothing else. */
export function forbidden({ contexts, anyOf, more }: Requirement, asksMore = false): ForbiddenError {
  const [context = 'user'] = contexts;
  const [resource = 'Observation'] = anyOf;
  const resources = asksMore && more !== undefined ? [resource, more.resource] : [resource];
  return new ForbiddenError(resources.map((name) => `${context}/${name}.s`));
}

function askedOf(
  row: Pick<OperationRow, 'in'>,
  { more }: Requirement,
  input: Readonly<Record<string, unknown>>,
): Asked {
  const asksMore = more !== undefined && input[more.parameter] === true;
  if (!Object.hasOwn(row.in, 'subject')) return { more: asksMore };
  const subject = input['subject'];
  if (typeof subject !== 'string') throw new Error('The subject of an operation is a required text');
  return { subject: subjectId(subject), more: asksMore };
}

/** Whether a context of a principal reaches a subject; without one, the whole population. */
function reaches(context: AccessContext, principal: Principal, base: string, subject: string | undefined): boolean {
  switch (context) {
    case 'patient':
      return subject !== undefined && subject === principal.patient;
    case 'system':
      return principal.machine;
    case 'user': {
      const user = principal.fhirUser;
      switch (user?.type) {
        case 'Practitioner':
        case 'PractitionerRole':
          return true;
        case 'Patient':
          return subject === user.id && (user.base === undefined || user.base === base);
        // Nothing here tells whose relative someone is; the launch context does, with patient/ scopes.
        case 'RelatedPerson':
        case 'Person':
        case undefined:
          return false;
      }
    }
  }
}

/** Whether the scopes of one context grant a requirement. */
function covers(
  tokens: readonly string[],
  context: AccessContext,
  { anyOf, more }: Requirement,
  asksMore: boolean,
): boolean {
  const scopes = tokens.map(parseScope).filter((scope) => scope?.context === context);
  const granted = (resource: AccessResource) => scopes.some((scope) => scope !== undefined && opens(scope, resource));
  return anyOf.some(granted) && (!asksMore || more === undefined || granted(more.resource));
}
