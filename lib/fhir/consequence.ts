import type { CodeableConcept, Observation, ObservationComponent } from '@medplum/fhirtypes';
import { type Impact, termOf } from '../genomics/consequence/terms.ts';
import type { Provenance } from '../genomics/variant.ts';
import { concept, IMPLICATION_COMPONENT, SYSTEM } from './codes.ts';
import { contentId } from './content-id.ts';
import { finding } from './finding.ts';
import { knowledgeBase, type Origin, statementIdentifiers } from './knowledge-base.ts';

/** What becomes of a transcript by a variant, whoever tells it. */
export interface ToldConsequence {
  /** Sequence Ontology codes, all of which hold. */
  readonly consequences: readonly string[];
  /** Terms that are not known here, as written. */
  readonly unknownConsequences?: readonly string[];
  /** Sequence Ontology code of what it does to the function; the guide has one in an Observation. */
  readonly functionalEffect?: string | undefined;
  readonly impact?: Impact | undefined;
  /** Accession, of a transcript or of a regulatory feature. */
  readonly transcript?: string | undefined;
  readonly protein?: string | undefined;
  /** In HGVS, with accession. */
  readonly cHgvs?: string | undefined;
  readonly pHgvs?: string | undefined;
  /** What tells it, for people: an annotation of the file and its tool, or transcript models and their release. */
  readonly pipeline?: string;
  /** The statement that tells it. */
  readonly origin?: Origin;
  /** What is not known of it, for people. */
  readonly note?: string;
}

/**
 * A consequence of one variant for one transcript. Its id is made of what it says and the variant's id, so that it
 * differs between subjects.
 *
 * @param variant id of the Observation of the variant
 * @see http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/molecular-consequence
 */
export function molecularConsequence(
  told: ToldConsequence,
  provenance: Pick<Provenance, 'study' | 'subject'>,
  variant: string,
): Observation {
  const { consequences, unknownConsequences = [], functionalEffect, impact, transcript, note } = told;
  const { protein, cHgvs, pHgvs, pipeline, origin } = told;
  const effects = functionalEffect === undefined ? [] : [functionalEffect];
  const id = contentId('mc', [
    ...[variant, transcript, consequences, unknownConsequences, effects, impact],
    ...[protein, cHgvs, pHgvs, pipeline, note],
    // Absent unless known, so that ids of what is stated and computed stay as they were.
    ...(origin === undefined ? [] : [origin]),
  ]);
  return {
    ...finding('molecularConsequence', id, provenance, undefined),
    ...(origin === undefined ? {} : statementIdentifiers(origin)),
    ...(impact === undefined ? {} : { interpretation: [{ text: impact }] }),
    ...(note === undefined ? {} : { note: [{ text: note }] }),
    derivedFrom: [{ reference: `Observation/${variant}` }],
    component: [
      ...(cHgvs === undefined ? [] : [coded('codingHgvs', notation(cHgvs))]),
      ...accession('transcriptRefSeq', transcript),
      ...(pHgvs === undefined ? [] : [coded('proteinHgvs', notation(pHgvs))]),
      ...accession('proteinRefSeq', protein),
      ...consequences.map((code) => coded('featureConsequence', term(code))),
      ...unknownConsequences.map((text) => coded('featureConsequence', { text })),
      ...effects.map((code) => coded('functionalEffect', term(code))),
      ...(pipeline === undefined ? [] : [coded('annotationPipeline', { text: pipeline })]),
      ...(origin === undefined ? [] : [coded('knowledgeBase', knowledgeBase(origin))]),
    ],
  };
}

/** A notation is its own display; clients show it. */
function notation(text: string): CodeableConcept {
  return concept(SYSTEM.hgvs, { code: text, display: text });
}

function term(code: string): CodeableConcept {
  const known = termOf(code);
  return concept(SYSTEM.sequenceOntology, known === undefined ? { code } : { code, display: known.name });
}

/** Accessions that are sequences, by the form that gives their source away. */
const ACCESSIONS: readonly (readonly [form: RegExp, system: string])[] = [
  [/^[NX][MRP]_\d+/, SYSTEM.refSeq],
  [/^ENS[A-Z]*[TP]\d+/, SYSTEM.ensembl],
];

/** Regulatory features have no place in the profile; accessions of other sources are given as text. */
function accession(
  name: 'transcriptRefSeq' | 'proteinRefSeq',
  text: string | undefined,
): readonly ObservationComponent[] {
  if (text === undefined || /^ENS[RM]/.test(text)) return [];
  const system = ACCESSIONS.find(([form]) => form.test(text))?.[1];
  return [coded(name, system === undefined ? { text } : concept(system, { code: text }))];
}

function coded(name: keyof typeof IMPLICATION_COMPONENT, value: CodeableConcept): ObservationComponent {
  const { system = SYSTEM.loinc, ...code }: { system?: string; code: string; display: string } =
    IMPLICATION_COMPONENT[name];
  return { code: concept(system, code), valueCodeableConcept: value };
}
