import type { OperationFamily, OperationRow } from './row.ts';

/** Whose rights a scope speaks of: a patient in context, a user, or a program of its own. */
export type AccessContext = 'patient' | 'user' | 'system';

/** FHIR types that scopes for these operations may name; a scope's `*` names all of them. */
export type AccessResource = 'Observation' | 'DiagnosticReport' | 'Procedure' | 'Patient';

/**
 * What a token must be good for. Every operation is a search that changes nothing, so the permission asked is always
 * `s` of the SMART grammar.
 */
export interface Requirement {
  /** Contexts that can open the operation at all. */
  readonly contexts: readonly AccessContext[];
  /** Any one of these types. */
  readonly anyOf: readonly AccessResource[];
  /** A parameter that asks for more when it is true, and the type that the same context must open as well. */
  readonly more?: { readonly parameter: string; readonly resource: AccessResource };
}

const SUBJECT = {
  contexts: ['patient', 'user', 'system'],
  anyOf: ['Observation'],
} as const satisfies Requirement;

/** Ids of subjects are data of Patient; counts are not. */
const POPULATION = {
  contexts: ['user', 'system'],
  anyOf: ['Observation'],
  more: { parameter: 'includePatientList', resource: 'Patient' },
} as const satisfies Requirement;

const REQUIREMENTS = {
  'subject-operations/genotype-operations': SUBJECT,
  'subject-operations/phenotype-operations': SUBJECT,
  // Tells of tests, not of findings: whoever may read any part of a genetic report may know that there was a test.
  'subject-operations/metadata-operations': {
    contexts: SUBJECT.contexts,
    anyOf: ['Observation', 'DiagnosticReport', 'Procedure'],
  },
  'population-operations/genotype-operations': POPULATION,
  'population-operations/phenotype-operations': POPULATION,
} as const satisfies Readonly<Record<OperationFamily, Requirement>>;

/** What an operation requires of a token. */
export function requirementOf({ family }: Pick<OperationRow, 'family'>): Requirement {
  return REQUIREMENTS[family];
}
