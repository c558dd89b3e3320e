import type { CodeableConcept, Coding, Observation, ObservationComponent } from '@medplum/fhirtypes';
import type { Provenance } from '../genomics/variant.ts';
import type { Coded, DxRow, Statement, Treatment, TxRow } from '../knowledge/rows.ts';
import { concept, IMPLICATION_COMPONENT, SYSTEM } from './codes.ts';
import { contentId } from './content-id.ts';
import { finding } from './finding.ts';
import { knowledgeBase, statementIdentifiers } from './knowledge-base.ts';

/** A statement of a knowledge source and the release it is of. */
export interface KnownStatement {
  readonly source: string;
  readonly release: string;
  readonly row: Omit<DxRow, 'variants'> | Omit<TxRow, 'variants'>;
}

/** What an implication rests on: findings of one study, by the ids of their Observations. All of them are needed. */
export interface Basis extends Pick<Provenance, 'study' | 'subject'> {
  readonly derivedFrom: readonly string[];
  /** How many genotypes explain the data equally well, where it rests on one of several. */
  readonly candidates?: number;
}

/**
 * What a statement means for a subject: a diagnostic or a therapeutic implication. Its id is made of the statement, its
 * release and what it rests on, so that it differs between subjects and between findings.
 *
 * @see http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/diagnostic-implication
 * @see http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/therapeutic-implication
 */
export function implication({ source, release, row }: KnownStatement, basis: Basis): Observation {
  const { derivedFrom, candidates = 1, ...provenance } = basis;
  const kind = row.kind === 'dx' ? 'diagnosticImplication' : 'therapeuticImplication';
  const origin = { source, release, name: row.source, identifiers: row.identifiers };
  const id = contentId(row.kind, [source, release, row, basis.subject, derivedFrom]);
  return {
    ...finding(kind, id, provenance, undefined),
    ...statementIdentifiers(origin),
    ...(candidates > 1
      ? { note: [{ text: `Rests on one of ${candidates} genotypes that explain the data equally well.` }] }
      : {}),
    derivedFrom: derivedFrom.map((one) => ({ reference: `Observation/${one}` })),
    component: [
      ...(row.kind === 'dx' ? diagnostic(row) : therapeutic(row)),
      coded('knowledgeBase', knowledgeBase(origin)),
    ],
  };
}

function diagnostic(row: Omit<DxRow, 'variants'>): readonly ObservationComponent[] {
  const variant = (row.variantIdentifiers ?? []).map(({ system, value }): Coding => ({ system, code: value }));
  return [
    coded('clinicalSignificance', stated(row.significance)),
    ...phenotypes(row.conditions),
    ...evidence(row.evidence ?? (row.reviewStatus === undefined ? undefined : { text: row.reviewStatus })),
    ...(variant.length === 0 ? [] : [coded('discreteVariant', { coding: variant })]),
  ];
}

function therapeutic(row: Omit<TxRow, 'variants'>): readonly ObservationComponent[] {
  return [
    coded('therapeuticImplication', stated(row.implication)),
    ...row.treatments.map((treatment) => coded('medicationAssessed', treatmentConcept(treatment))),
    ...phenotypes(row.conditions),
    ...evidence(row.evidence),
    ...(row.recommendation === undefined
      ? []
      : [{ code: codeOf('conclusion'), valueString: row.recommendation } as const]),
  ];
}

function evidence(level: Statement | undefined): readonly ObservationComponent[] {
  return level === undefined ? [] : [coded('evidenceLevel', stated(level))];
}

/** One component for each condition: its codings stand together and have the same display. */
function phenotypes(conditions: readonly Coded[]): readonly ObservationComponent[] {
  const groups: Coded[][] = [];
  for (const condition of conditions) {
    const last = groups.at(-1);
    if (last !== undefined && condition.display !== undefined && last[0]?.display === condition.display) {
      last.push(condition);
    } else groups.push([condition]);
  }
  return groups.map((group) => {
    const coding = group.flatMap(codingOf);
    const text = group[0]?.display;
    return coded('phenotype', {
      ...(coding.length === 0 ? {} : { coding }),
      ...(text === undefined ? {} : { text }),
    });
  });
}

function treatmentConcept({ also = [], ...treatment }: Treatment): CodeableConcept {
  const { display } = treatment;
  const others = also.map((one) => (display === undefined ? one : { ...one, display }));
  const coding = [treatment, ...others].flatMap(codingOf);
  return { ...(coding.length === 0 ? {} : { coding }), ...(display === undefined ? {} : { text: display }) };
}

function codingOf({ system, code, display }: Coded): readonly Coding[] {
  if (system === undefined || code === undefined) return [];
  return [display === undefined ? { system, code } : { system, code, display }];
}

/** The source's own words, and the code they stand for. */
function stated({ system, code, text }: Statement): CodeableConcept {
  if (code === undefined) return { text };
  return { ...concept(system ?? SYSTEM.loinc, { code }), text };
}

function coded(name: keyof typeof IMPLICATION_COMPONENT, value: CodeableConcept): ObservationComponent {
  return { code: codeOf(name), valueCodeableConcept: value };
}

function codeOf(name: keyof typeof IMPLICATION_COMPONENT): CodeableConcept {
  const { system = SYSTEM.loinc, ...code }: { system?: string; code: string; display: string } =
    IMPLICATION_COMPONENT[name];
  return concept(system, code);
}
