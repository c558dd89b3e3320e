import type { Observation } from '@medplum/fhirtypes';
import type { GenotypeFinding } from '../genomics/genotype-finding.ts';
import { isHlaGene } from '../genomics/genotype-name.ts';
import { SYSTEM } from './codes.ts';
import { contentId } from './content-id.ts';
import { finding } from './finding.ts';
import { components, identity, notes, systemOf } from './genotype.ts';

/**
 * One named allele of a genotype as the Haplotype profile has it.
 *
 * @param allele one of `found.alleles`
 * @see http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/haplotype
 */
export function haplotype(found: GenotypeFinding, allele: string, specimen: string | undefined): Observation {
  const { activityScore: _, ...own } = found;
  const hla = isHlaGene(found.gene.symbol);
  // HLA alleles are named with their gene already.
  const name = hla ? allele : `${found.gene.symbol} ${allele}`;
  const system = hla ? hlaSystem(allele) : systemOf(found.coding);
  return {
    ...finding('haplotype', contentId('h', [...identity(found, specimen), allele]), found, specimen),
    valueCodeableConcept: {
      coding: [{ system, code: name, display: name }],
      text: name,
    },
    note: notes(own),
    component: components(found),
  };
}

/** What may be one of several alleles is a GL String, and no name of IPD-IMGT/HLA. */
function hlaSystem(allele: string): string {
  return allele.includes('/') ? SYSTEM.glString : SYSTEM.imgtHla;
}
