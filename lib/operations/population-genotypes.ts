import type { AllelesOfGene } from '../genomics/genotype-finding.ts';
import { CALLABLE_GENES } from '../genomics/star-allele/genes.ts';
import type { AskedPopulation } from './population-answers.ts';
import { type BasisRow, callEveryone } from './population-star-alleles.ts';
import type { Knowledge, Ports } from './ports.ts';
import { geneKnowledge, type StarAlleles } from './star-allele-knowledge.ts';
import { calledGenotypes, geneName, importedGenotype } from './subject-genotypes.ts';
import { combined, type SubjectSet, subjectSet } from './subject-set.ts';

/** A genotype, imported or called, and everyone who has it. */
export interface CarriedGenotypeFinding extends AllelesOfGene {
  readonly subjects: SubjectSet;
  /** The rows that a call rests on; empty for an imported genotype. One genotype may rest on several sets of rows. */
  readonly basis: readonly BasisRow[];
}

/**
 * The genotypes of everyone: those that the subjects' own answers have, each once for all who share it.
 *
 * @param genes HGNC symbols; all genes when absent
 * @throws UnavailableError, CannotAnswerError as for one subject; TooCostlyError
 */
export async function populationGenotypes(
  { population, reference, sourceClass }: AskedPopulation,
  knowledge: Knowledge,
  ports: Ports,
  genes?: readonly string[],
): Promise<readonly CarriedGenotypeFinding[]> {
  const wanted = genes && new Set(genes.map((gene) => gene.toUpperCase()));
  const imported = await population.genotypes(sourceClass, genes);
  const callable = sourceClass === 'somatic' ? [] : [...CALLABLE_GENES.keys()];
  const called = callable.filter((gene) => wanted?.has(gene.toUpperCase()) ?? true);
  const known = await geneKnowledge(knowledge, [...called, ...imported.map(({ gene }) => gene.symbol)]);
  const defined = called.flatMap((gene): StarAlleles[] => {
    const { definition, phenotypes } = known.get(gene) ?? {};
    return definition === undefined ? [] : [{ definition, phenotypes }];
  });
  const calls = await callEveryone(population, defined, reference, ports);
  return [
    ...imported.map(({ subjects, ...one }) => ({
      ...importedGenotype({ ...one, gene: geneName(one.gene) }, known.get(one.gene.symbol)),
      subjects: subjectSet(population.subjects.length, subjects),
      basis: [],
    })),
    ...calls.flatMap(({ call, basis, subjects }) =>
      calledGenotypes(call, known.get(call.gene)).map((genotype) => ({ ...genotype, basis, subjects })),
    ),
  ];
}

/** Everyone who has at least one of some genotypes. */
export const anyOf = (people: number, findings: readonly { readonly subjects: SubjectSet }[]): SubjectSet =>
  combined(
    people,
    findings.map(({ subjects }) => subjects),
    'any',
  );
