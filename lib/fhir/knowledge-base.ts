import type { CodeableConcept, Identifier } from '@medplum/fhirtypes';
import type { Identifier as Stated } from '../knowledge/rows.ts';
import { KNOWLEDGE_BASES } from './codes.ts';

/** Which statement of which release says something. */
export interface Origin {
  readonly source: string;
  readonly release: string;
  /** The source as it calls itself. */
  readonly name: string;
  /** Of the statement: record, submission, evidence item. */
  readonly identifiers: readonly Stated[];
}

/** The source with its release, as the value of a component. */
export function knowledgeBase({ source, release, name }: Origin): CodeableConcept {
  return {
    coding: [{ system: KNOWLEDGE_BASES, version: release, code: source, display: name }],
    text: `${name}, release ${release}`,
  };
}

/** The identifiers of the statement as those of an Observation; nothing when it has none. */
export function statementIdentifiers({ identifiers }: Origin): { readonly identifier?: Identifier[] } {
  if (identifiers.length === 0) return {};
  return { identifier: identifiers.map(({ system, value }) => ({ system, value })) };
}
