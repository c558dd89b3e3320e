import type { Assembly } from '../genomics/assembly.ts';
import { readGenotypeName } from '../genomics/genotype-name.ts';
import { intersects } from '../genomics/interval.ts';
import { CALLABLE_GENES } from '../genomics/star-allele/genes.ts';
import type { FunctionOf } from './gene-function.ts';
import { type AskedHaplotype, isHeld } from './haplotype-tokens.ts';
import { hlaOf } from './hla-knowledge.ts';
import { alternativesOf, linksOf } from './known-genotypes.ts';
import type { AskedPopulation } from './population-answers.ts';
import { isAskedVariant, placesOfVariants } from './population-carriers.ts';
import { anyOf, type CarriedGenotypeFinding, populationGenotypes } from './population-genotypes.ts';
import type { Knowledge, KnowledgeStatement, Ports, Reference, Statements } from './ports.ts';
import type { Placed } from './range-questions.ts';
import type { SoughtPlace } from './sought-places.ts';
import { positionsIn } from './star-allele-calls.ts';
import { nearby } from './star-allele-evidence.ts';
import { geneKnowledge, type StarAlleles } from './star-allele-knowledge.ts';
import { combined, type SubjectSet, subjectSet } from './subject-set.ts';

/** What is asked of the genotypes that an implication rests on. */
export interface GenotypeQuestion {
  readonly variants: readonly Placed<SoughtPlace>[] | undefined;
  readonly haplotypes: readonly AskedHaplotype[];
}

/** Symbols of the genes whose genotypes statements are about; undefined when some may be about any. @throws UnavailableError */
export async function genesOfStatements(statements: Statements): Promise<readonly string[] | undefined> {
  const [genes, names] = await Promise.all([statements.genes(), statements.genotypes()]);
  const named = names.map((name) => readGenotypeName(name)?.gene);
  if (named.includes(undefined)) return undefined;
  return [...new Set([...genes, ...named.flatMap((gene) => gene ?? [])])];
}

/**
 * Everyone with genotypes that statements are about. Of a combination of genes one genotype of each is needed, and one of
 * these must be what was asked. Only genes that may be part of an answer are called.
 *
 * @param genes symbols as {@link genesOfStatements}
 * @throws UnavailableError, CannotAnswerError, TooCostlyError as {@link populationGenotypes}
 */
export async function carriersOfKnownGenotypes(
  asked: AskedPopulation,
  question: GenotypeQuestion,
  statements: Statements,
  knowledge: Knowledge,
  genes: readonly string[] | undefined,
  ports: Ports,
): Promise<SubjectSet> {
  const first = await genesAsked(asked, question, knowledge, genes);
  const people = asked.population.subjects.length;
  const subjects = subjectSet(people);
  if (first?.length === 0) return subjects;
  const own = await populationGenotypes(asked, knowledge, ports, first);
  const held = await heldOf(own, question, knowledge);
  const linked = await statements.linked([...held].flatMap(linksOf));
  const others = first === undefined ? [] : otherGenes(linked, first);
  const findings =
    others.length === 0 ? own : [...own, ...(await populationGenotypes(asked, knowledge, ports, others))];
  const known = await geneKnowledge(knowledge, new Set(findings.map(({ gene }) => gene.symbol)));
  const functions = findings.map(
    (finding): FunctionOf<CarriedGenotypeFinding> => ({
      finding,
      phenotypes: known.get(finding.gene.symbol)?.phenotypes,
    }),
  );
  for (const statement of linked) {
    for (const alternative of alternativesOf(statement, functions)) {
      for (const some of havingAll(people, alternative, held)) subjects.add(some.places());
    }
  }
  return subjects;
}

/** Genes of which a genotype may be what was asked; undefined when all may. */
async function genesAsked(
  { reference, needed }: AskedPopulation,
  { variants, haplotypes }: GenotypeQuestion,
  knowledge: Knowledge,
  genes: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  const named = haplotypes.map(({ name }) => name?.gene);
  const ofHaplotypes =
    named.length === 0 || named.includes(undefined) ? undefined : named.flatMap((gene) => gene ?? []);
  const all = [genes, ofHaplotypes, variants && (await genesAt(variants, knowledge, reference, needed))];
  return all
    .flatMap((list) => (list === undefined ? [] : [new Set(list.map((gene) => gene.toUpperCase()))]))
    .reduce<readonly string[] | undefined>(
      (some, list) => (some === undefined ? [...list] : some.filter((gene) => list.has(gene))),
      undefined,
    );
}

/** Genes with a defining position where one of the variants may be stated: no call of another rests on them. */
async function genesAt(
  variants: readonly Placed<SoughtPlace>[],
  knowledge: Knowledge,
  reference: Reference,
  needed: readonly Assembly[],
): Promise<readonly string[]> {
  const known = await geneKnowledge(knowledge, CALLABLE_GENES.keys());
  const genes = [...known.values()].flatMap(({ definition, phenotypes }): StarAlleles[] =>
    definition === undefined ? [] : [{ definition, phenotypes }],
  );
  const found = new Set<string>();
  for (const assembly of needed) {
    const places = placesOfVariants(variants, assembly);
    for (const position of await positionsIn(assembly, genes, reference)) {
      const reach = nearby(position);
      if (places.some((one) => one.chromosome === reach.chromosome && intersects(one, reach))) {
        found.add(position.gene.definition.gene);
      }
    }
  }
  return [...found];
}

async function heldOf(
  findings: readonly CarriedGenotypeFinding[],
  { variants, haplotypes }: GenotypeQuestion,
  knowledge: Knowledge,
): Promise<ReadonlySet<CarriedGenotypeFinding>> {
  const nomenclature = haplotypes.length === 0 ? undefined : await hlaOf(knowledge);
  return new Set(
    findings.filter(
      (finding) =>
        (haplotypes.length === 0 || haplotypes.some((one) => isHeld(one, finding, nomenclature))) &&
        (variants === undefined || finding.basis.some((row) => isAskedVariant(row, variants))),
    ),
  );
}

/** Genes that a combination needs beside those asked. */
function otherGenes(linked: readonly KnowledgeStatement[], first: readonly string[]): readonly string[] {
  const all = linked.flatMap(({ row }) => (row.kind === 'tx' ? (row.functions ?? []) : [])).flat();
  const symbols = new Set(all.map(({ gene }) => gene.toUpperCase()));
  for (const gene of first) symbols.delete(gene.toUpperCase());
  return [...symbols];
}

/** Sets of those who have a genotype of each gene, at least one of them among those that were asked. */
function havingAll(
  people: number,
  genes: readonly (readonly CarriedGenotypeFinding[])[],
  held: ReadonlySet<CarriedGenotypeFinding>,
): readonly SubjectSet[] {
  const having = genes.map((own) => anyOf(people, own));
  return genes.map((own, place) => {
    const asked = anyOf(
      people,
      own.filter((finding) => held.has(finding)),
    );
    return combined(people, having.with(place, asked), 'all');
  });
}
