import { sequencesOf } from '../genomics/assembly.ts';
import type { AllelesOfGene, GenotypeFinding, MissingGenotype } from '../genomics/genotype-finding.ts';
import { ifLoaded } from '../genomics/if-loaded.ts';
import { intersects } from '../genomics/interval.ts';
import type { TranscriptModel } from '../genomics/transcript.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import { type FunctionOf, hasFunction } from './gene-function.ts';
import { type AskedHaplotype, isHeld } from './haplotype-tokens.ts';
import { hlaOf } from './hla-knowledge.ts';
import type { ImplicationQuestion } from './implication-questions.ts';
import { askedRows, liesIn, nameOf, type RowQuestion } from './known-rows.ts';
import type { KnowledgeStatement, Ports, Reference, StatementLink, Statements } from './ports.ts';
import type { Placed } from './range-questions.ts';
import { geneKnowledge } from './star-allele-knowledge.ts';
import { subjectGenotypes } from './subject-genotypes.ts';

/** A statement, and the genotypes of the subject that it is about; of a combination of genes, one of each. */
export interface KnownGenotype {
  readonly statement: KnowledgeStatement;
  readonly findings: readonly GenotypeFinding[];
}

export interface KnownGenotypes {
  readonly known: readonly KnownGenotype[];
  /** Genes that statements look up and of which a test gives no genotype. */
  readonly missing: readonly MissingGenotype[];
}

/**
 * The statements about a subject's genotypes, and about what these say of the function of genes.
 *
 * A genotype is what was asked when it is, or holds, one of the haplotypes; when it was called from one of the variants;
 * and when it was called from a variant in one of the ranges, or its gene lies in one. All that are asked must hold.
 */
export async function knownGenotypes(
  { view, reference, knowledge, asked = {}, haplotypes }: ImplicationQuestion,
  statements: Statements,
  ports: Ports,
): Promise<KnownGenotypes> {
  const wanted = new Set((await statements.genes()).map((gene) => gene.toUpperCase()));
  const { findings, open } = await subjectGenotypes(view, { ...ports, reference, knowledge }, () => true);
  const held = await whichAsked({ view, reference, asked, haplotypes, knowledge }, findings, statements, ports);
  const known = await geneKnowledge(knowledge, new Set(findings.map(({ gene }) => gene.symbol)));
  const functions = findings.map(
    (finding): FunctionOf<GenotypeFinding> => ({
      finding,
      phenotypes: known.get(finding.gene.symbol)?.phenotypes,
    }),
  );
  const linked = await statements.linked(findings.flatMap(linksOf));
  const genes = new Set(findings.map(({ gene }) => gene.symbol.toUpperCase()));
  const named = haplotypes.length === 0 ? undefined : genesOf(haplotypes);
  return {
    known: linked.flatMap((statement) =>
      combinations(statement, functions)
        .filter((one) => one.some((finding) => held.has(finding)))
        .map((one) => ({ statement, findings: one })),
    ),
    missing:
      asked.variants !== undefined || asked.ranges !== undefined
        ? []
        : missingOf(wanted, genes, open).filter(({ gene }) => named?.has(gene.toUpperCase()) ?? true),
  };
}

export const genesOf = (haplotypes: readonly AskedHaplotype[]): ReadonlySet<string> =>
  new Set(haplotypes.flatMap(({ name }) => name?.gene.toUpperCase() ?? []));

/** Genes that decide what is advised and have no genotype, or not from a test that looked at them. */
function missingOf(
  wanted: ReadonlySet<string>,
  found: ReadonlySet<string>,
  open: readonly MissingGenotype[],
): readonly MissingGenotype[] {
  const looked = new Set<MissingGenotype['outcome']>(['undetermined', 'unmatched']);
  const told = open.filter(
    ({ gene, outcome }) => wanted.has(gene.toUpperCase()) && (looked.has(outcome) || !found.has(gene.toUpperCase())),
  );
  const silent = [...wanted].filter((gene) => !found.has(gene) && !told.some((one) => one.gene.toUpperCase() === gene));
  return [...told, ...silent.map((gene): MissingGenotype => ({ gene, outcome: 'not-called', missing: [] }))];
}

/** The genotypes that pass what the request asks of them. */
async function whichAsked(
  {
    view,
    reference,
    asked,
    haplotypes,
    knowledge,
  }: Pick<ImplicationQuestion, 'view' | 'reference' | 'haplotypes' | 'knowledge'> & { readonly asked: RowQuestion },
  findings: readonly GenotypeFinding[],
  statements: Statements,
  ports: Ports,
): Promise<ReadonlySet<GenotypeFinding>> {
  const nomenclature = haplotypes.length === 0 ? undefined : await hlaOf(knowledge);
  const rows = asked.variants === undefined ? undefined : new Set<string>();
  if (rows !== undefined) {
    for await (const part of askedRows(view, asked, statements, ports))
      for (const row of part.rows) rows.add(nameOf(row));
  }
  const { ranges } = asked;
  const passing = await Promise.all(
    findings.map(async (finding) => {
      if (haplotypes.length > 0 && !haplotypes.some((one) => isHeld(one, finding, nomenclature))) return false;
      if (rows !== undefined) return finding.basis.some((row) => rows.has(nameOf(row)));
      if (ranges === undefined) return true;
      return finding.basis.some((row) => inRanges(row, ranges)) || geneLiesIn(finding.gene.symbol, ranges, reference);
    }),
  );
  return new Set(findings.filter((_, place) => passing[place]));
}

function inRanges(row: StoredVariant, ranges: readonly Placed[]): boolean {
  return ranges.some(({ places }) => {
    const place = places.get(row.study.assembly);
    return place !== undefined && liesIn(row, place);
  });
}

async function geneLiesIn(symbol: string, ranges: readonly Placed[], { transcripts }: Reference): Promise<boolean> {
  const models = (await ifLoaded(() => transcripts.ofGene(symbol))) ?? [];
  return models.some((model) => ranges.some((range) => touches(model, range)));
}

function touches({ genomicAccession, assembly, exons }: TranscriptModel, { places }: Placed): boolean {
  const place = places.get(assembly);
  const chromosome = sequencesOf(genomicAccession).find((one) => one.assembly === assembly)?.chromosome;
  const [first, last] = [exons[0], exons.at(-1)];
  if (place === undefined || place.chromosome !== chromosome || first === undefined || last === undefined) return false;
  const [low, high] = first.start0 < last.start0 ? [first, last] : [last, first];
  return intersects({ start0: low.start0, end0: high.end0 }, place);
}

/** What statements may call a genotype: its code, its name in either order, each of its alleles; and its gene. */
export function linksOf(finding: AllelesOfGene): readonly StatementLink[] {
  const { coding, gene } = finding;
  return [
    ...(coding.system === undefined ? [] : [{ kind: 'genotype', system: coding.system, code: coding.code } as const]),
    ...namesOf(finding).map((code) => ({ kind: 'genotype', code }) as const),
    { kind: 'function', gene: gene.symbol },
  ];
}

function namesOf({ coding, gene, alleles }: AllelesOfGene): readonly string[] {
  const [first, second] = alleles;
  const hla = gene.symbol.startsWith('HLA-');
  const single = alleles.map((allele) => (hla ? allele : `${gene.symbol} ${allele}`));
  if (first === undefined || second === undefined) return [coding.code, coding.display, ...single];
  const pairs = hla
    ? [`${first}+${second}`, `${second}+${first}`]
    : [`${gene.symbol} ${first}/${second}`, `${gene.symbol} ${second}/${first}`];
  return [coding.code, coding.display, ...pairs, ...single];
}

/** The genotypes, or sets of genotypes of several genes, that a statement is about: each is an implication of its own. */
function combinations(
  statement: KnowledgeStatement,
  known: readonly FunctionOf<GenotypeFinding>[],
): readonly (readonly GenotypeFinding[])[] {
  return alternativesOf(statement, known).flatMap((genes) =>
    genes.reduce<readonly (readonly GenotypeFinding[])[]>(
      (sets, having) => sets.flatMap((set) => having.map((finding) => [...set, finding])),
      [[]],
    ),
  );
}

/**
 * What a statement may be about: alternatives, each with the genotypes that fit each of its genes. One of every gene is
 * needed.
 */
export function alternativesOf<Finding extends AllelesOfGene>(
  { row }: KnowledgeStatement,
  known: readonly FunctionOf<Finding>[],
): readonly (readonly (readonly Finding[])[])[] {
  if (row.kind !== 'tx') return [];
  const codes = new Set(
    (row.genotypes ?? []).flatMap(({ code, display }) => [code, display]).map((one) => one?.toLowerCase()),
  );
  const having = (passes: (one: FunctionOf<Finding>) => boolean): readonly Finding[] =>
    known.filter(passes).map(({ finding }) => finding);
  const named = having(({ finding }) => namesOf(finding).some((name) => codes.has(name.toLowerCase())));
  const together = (row.functions ?? []).map((genes) => genes.map((gene) => having((one) => hasFunction(one, gene))));
  return [[named], ...together];
}
