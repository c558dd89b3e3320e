import type { Extension, ParametersParameter } from '@medplum/fhirtypes';
import { genotype } from '../fhir/genotype.ts';
import { haplotype } from '../fhir/haplotype.ts';
import { starAlleleCall } from '../fhir/star-allele-call.ts';
import type { GenotypeFinding, MissingGenotype } from '../genomics/genotype-finding.ts';
import { CALLABLE_GENES } from '../genomics/star-allele/genes.ts';
import type { Provenance } from '../genomics/variant.ts';

/** The parts of some genotypes: first their alleles, then themselves, the same Observation never twice. */
export function genotypeParts(
  found: readonly GenotypeFinding[],
  specimenOf: (row: Provenance) => string | undefined,
): readonly ParametersParameter[] {
  const haplotypes = new Map<string, ParametersParameter>();
  const genotypes = new Map<string, ParametersParameter>();
  for (const one of found) {
    const specimen = specimenOf(one);
    const resources = [...new Set(one.alleles)].map((allele) => haplotype(one, allele, specimen));
    const ids = resources.flatMap(({ id }) => id ?? []);
    for (const resource of resources) haplotypes.set(resource.id ?? '', { name: 'haplotype', resource });
    const resource = genotype(one, specimen, ids);
    genotypes.set(resource.id ?? '', { name: 'genotype', resource });
  }
  return [...haplotypes.values(), ...genotypes.values()];
}

/**
 * Why a gene has no genotype, from each test that gives none. A gene with neither a genotype nor a reason has one too:
 * nobody looked.
 *
 * @param gene symbol, as it is known or was asked
 */
export function reasonsFor(
  gene: string,
  found: readonly GenotypeFinding[],
  open: readonly MissingGenotype[],
): readonly Extension[] {
  const own = open.filter((call) => call.gene.toUpperCase() === gene.toUpperCase());
  if (own.length > 0) return own.map(starAlleleCall);
  if (found.length > 0) return [];
  const outcome = CALLABLE_GENES.has(gene.toUpperCase()) ? 'not-tested' : 'not-called';
  return [starAlleleCall({ gene, outcome, missing: [] })];
}
