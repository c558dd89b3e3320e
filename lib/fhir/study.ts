import type { CodeableConcept, ParametersParameter } from '@medplum/fhirtypes';
import type { ChangeType } from '../genomics/allele.ts';
import { formatRange, type GenomicInterval } from '../genomics/interval.ts';
import type { Study } from '../genomics/study.ts';
import { ASSEMBLY, CHANGE_TYPE, concept, SYSTEM } from './codes.ts';

/** What is told of one test of a subject. */
export interface TestFacts {
  readonly study: Study;
  /** The only specimen of the test; undefined when there is none or more than one. */
  readonly specimen?: string | undefined;
  /** Kinds of change the test looks for; undefined when unknown. */
  readonly changeTypes?: readonly ChangeType[] | undefined;
  /** Absent when no ranges were asked. */
  readonly regions?: {
    readonly studied: readonly GenomicInterval[] | 'unknown';
    readonly uncallable: readonly GenomicInterval[] | 'unknown';
  };
}

/** The parts of a `tests` group, in the order of the OperationDefinition. */
export function testParts({ study, specimen, changeTypes, regions }: TestFacts): readonly ParametersParameter[] {
  const parts: ParametersParameter[] = [
    { name: 'testId', valueString: study.testId },
    { name: 'testDate', valueDateTime: study.testDate },
  ];
  if (specimen !== undefined) parts.push({ name: 'specimenId', valueString: specimen });
  if (study.assembly !== undefined) {
    parts.push({ name: 'genomicBuild', valueCodeableConcept: concept(SYSTEM.loinc, ASSEMBLY[study.assembly]) });
  }
  if (changeTypes !== undefined && changeTypes.length > 0) {
    parts.push({ name: 'dnaChangeType', valueCodeableConcept: changeTypeConcept(changeTypes) });
  }
  if (regions !== undefined) {
    parts.push({ name: 'regionStudied', valueString: regionList(regions.studied) });
    parts.push({ name: 'uncallableRegions', valueString: regionList(regions.uncallable) });
  }
  return parts;
}

/** The definition allows one concept, so that several kinds of change become its codings. */
function changeTypeConcept(changeTypes: readonly ChangeType[]): CodeableConcept {
  return { coding: changeTypes.map((type) => ({ system: SYSTEM.sequenceOntology, ...CHANGE_TYPE[type] })) };
}

/** A list in one string, written as the reference implementation writes it: single quotes, so it is no JSON. */
function regionList(regions: readonly GenomicInterval[] | 'unknown'): string {
  if (regions === 'unknown') return 'unknown';
  return `[${regions.map((region) => `'${formatRange(region)}'`).join(', ')}]`;
}
