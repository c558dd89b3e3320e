import type { Annotation, Observation, ObservationComponent } from '@medplum/fhirtypes';
import type { AlleleCoding, GenotypeFinding } from '../genomics/genotype-finding.ts';
import { ALLELE_NAMES } from './canonical.ts';
import { COMPONENT, concept, currentSystem, SOURCE_CLASS, SYSTEM } from './codes.ts';
import { contentId } from './content-id.ts';
import { finding } from './finding.ts';

/**
 * A genotype as the Genotype profile has it. Its phenotype, where one is assigned, is the interpretation.
 *
 * @param haplotypes ids of the Observations of its alleles, which must be in the same response
 * @see http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/genotype
 */
export function genotype(
  found: GenotypeFinding,
  specimen: string | undefined,
  haplotypes: readonly string[],
): Observation {
  const { coding, phenotype, activityScore } = found;
  const id = contentId('g', [...identity(found, specimen), phenotype, activityScore]);
  return {
    ...finding('genotype', id, found, specimen),
    valueCodeableConcept: {
      coding: [{ ...coding, system: systemOf(coding) }],
      text: coding.display,
    },
    ...(phenotype === undefined ? {} : { interpretation: [{ text: phenotype }] }),
    note: notes(found),
    ...(haplotypes.length === 0
      ? {}
      : { derivedFrom: haplotypes.map((haplotype) => ({ reference: `Observation/${haplotype}` })) }),
    component: components(found),
  };
}

/** The code system of a name: one of this project where no other defines it. */
export function systemOf({ system }: Pick<AlleleCoding, 'system'>): string {
  return system === undefined ? ALLELE_NAMES : currentSystem(system);
}

/** What makes a genotype, or a haplotype of it, itself: equal data has equal ids in every answer. */
export function identity(found: GenotypeFinding, specimen: string | undefined): readonly unknown[] {
  const { study, input, subject, gene, coding, candidates, origin, definitions } = found;
  const sourceClass = study.inputs[input]?.sourceClass;
  return [study.id, subject, gene.symbol, coding, candidates, origin, definitions, sourceClass, specimen];
}

/** The gene, and the class of what it was found in. */
export function components({ gene, study, input }: GenotypeFinding): ObservationComponent[] {
  const { symbol, hgncId } = gene;
  const sourceClass = study.inputs[input]?.sourceClass;
  return [
    {
      code: concept(SYSTEM.loinc, COMPONENT.geneStudied),
      valueCodeableConcept:
        hgncId === undefined ? { text: symbol } : concept(SYSTEM.hgnc, { code: hgncId, display: symbol }),
    },
    ...(sourceClass === undefined
      ? []
      : [
          {
            code: concept(SYSTEM.loinc, COMPONENT.genomicSourceClass),
            valueCodeableConcept: concept(SYSTEM.loinc, SOURCE_CLASS[sourceClass]),
          },
        ]),
  ];
}

/** Where the genotype is from, and what a reader must know beside its name. */
export function notes({ origin, definitions, candidates, activityScore }: GenotypeFinding): Annotation[] {
  const source =
    origin === 'imported'
      ? 'Imported as another caller found it.'
      : `Called from the variants of this test by these allele definitions: ${definitions}.`;
  return [
    source,
    ...(candidates > 1
      ? [`One of ${candidates} genotypes that explain the data equally well; which one is not known.`]
      : []),
    ...(activityScore === undefined ? [] : [`Activity score ${activityScore}.`]),
  ].map((text) => ({ text }));
}
