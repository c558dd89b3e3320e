import { shift } from '../genomics/coordinates.ts';
import { hgncIdOf } from '../genomics/gene-ids.ts';
import type {
  AlleleCoding,
  AllelesOfGene,
  GeneName,
  GenotypeFinding,
  MissingGenotype,
  NamedGenotype,
  StoredGenotype,
} from '../genomics/genotype-finding.ts';
import { readGenotypeName } from '../genomics/genotype-name.ts';
import { CALLABLE_GENES } from '../genomics/star-allele/genes.ts';
import { type PhenotypeTable, phenotypeOf } from '../genomics/star-allele/phenotype.ts';
import type { Diplotype, StarAlleleCall } from '../genomics/star-allele/star-allele-call.ts';
import { isSequenced } from '../genomics/study.ts';
import type { GeneKnowledge } from '../knowledge/pharmcat/payload.ts';
import type { Knowledge, Ports, Reference, SubjectView } from './ports.ts';
import { callGenes, type StudyCall } from './star-allele-calls.ts';
import { geneKnowledge, type StarAlleles } from './star-allele-knowledge.ts';

/** What genotypes are read from and called with: the ports, and what a request has seen of reference and knowledge. */
export interface GenotypeSources extends Pick<Ports, 'genotypes' | 'variants'> {
  readonly reference: Reference;
  readonly knowledge: Pick<Knowledge, 'payloads' | 'payload'>;
}

/** Everything that is known of a subject's named alleles. */
export interface SubjectGenotypes {
  readonly findings: readonly GenotypeFinding[];
  /** Genes that tests of germline variants give no genotype of. */
  readonly open: readonly MissingGenotype[];
  /** Symbols of imported genes whose HGNC id is not known. */
  readonly nameless: readonly string[];
}

/**
 * The genotypes of a subject that a view may show: imported ones first, then those called from germline variants.
 *
 * @param genes HGNC symbols; all genes when absent
 */
export async function genotypesOf(
  view: SubjectView,
  sources: GenotypeSources,
  genes?: readonly string[],
): Promise<readonly GenotypeFinding[]> {
  const wanted = genes && new Set(genes.map((gene) => gene.toUpperCase()));
  const { findings } = await subjectGenotypes(view, sources, ({ symbol }) => wanted?.has(symbol.toUpperCase()) ?? true);
  return findings;
}

/**
 * The genotypes of a subject, and the genes that could not be called.
 *
 * @param wanted tells which genes are asked; called genes have their HGNC id
 * @throws UnavailableError when anything that decides can't be read
 */
export async function subjectGenotypes(
  view: SubjectView,
  sources: GenotypeSources,
  wanted: (gene: GeneName) => boolean,
): Promise<SubjectGenotypes> {
  const imported = (await sources.genotypes.imported(view)).map((one) => ({ ...one, gene: geneName(one.gene) }));
  const stored = imported.filter(({ gene }) => wanted(gene));
  const callable = [...CALLABLE_GENES.keys()].filter((symbol) => wanted(geneName({ symbol })));
  const known = await geneKnowledge(sources.knowledge, [...callable, ...stored.map(({ gene }) => gene.symbol)]);
  const defined = callable.flatMap((gene): StarAlleles[] => {
    const { definition, phenotypes } = known.get(gene) ?? {};
    return definition === undefined ? [] : [{ definition, phenotypes }];
  });
  const calls = await callGenes(view, defined, sources.reference, sources);
  const undefinedGenes = callable.filter((gene) => known.get(gene)?.definition === undefined);
  return {
    findings: [
      ...stored.map((row) => importedFinding(row, known.get(row.gene.symbol))),
      ...calls.flatMap((call) => calledFindings(call, view.subject, known.get(call.call.gene))),
    ],
    nameless: [...new Set(imported.filter(({ gene }) => gene.hgncId === undefined).map(({ gene }) => gene.symbol))],
    open: [...calls.flatMap(openCall), ...(hasGermline(view) ? undefinedGenes.map(notDefined) : [])],
  };
}

/** Whether a view has variants that genes could be called from. */
function hasGermline({ studies }: SubjectView): boolean {
  return studies.some(
    ({ study, samples }) =>
      isSequenced(study) && samples.some(({ input }) => study.inputs[input]?.sourceClass === 'germline'),
  );
}

const notDefined = (gene: string): MissingGenotype => ({ gene, outcome: 'not-defined', missing: [] });

function importedFinding(row: StoredGenotype, known: GeneKnowledge | undefined): GenotypeFinding {
  return { ...importedGenotype(row, known), origin: 'imported', basis: [] };
}

/**
 * An imported genotype with its alleles and, where the source states no phenotype, that of the loaded release. A name
 * that can't be read is one allele as it stands: what was reported is shown whatever its form.
 */
export function importedGenotype<Row extends NamedGenotype>(
  row: Row,
  known: GeneKnowledge | undefined,
): Row & AllelesOfGene {
  const { code, display } = row.coding;
  const named = [display, code]
    .map((text) => readGenotypeName(text, row.gene.symbol))
    .find((name) => name !== undefined && name.alleles.length > 0);
  const alleles = named?.alleles ?? [display];
  const meaning = row.phenotype === undefined ? meaningOf(alleles, known?.phenotypes) : {};
  return { ...meaning, ...row, alleles };
}

/** A gene with its HGNC id, as far as it is stated or known. */
export function geneName({ symbol, hgncId = hgncIdOf(symbol) }: GeneName): GeneName {
  return hgncId === undefined ? { symbol } : { symbol, hgncId };
}

function calledFindings(
  { study, input, call, basis }: StudyCall,
  subject: string,
  known: GeneKnowledge | undefined,
): readonly GenotypeFinding[] {
  return calledGenotypes(call, known).map((genotype) => ({
    study,
    input,
    subject,
    ...genotype,
    origin: 'called' as const,
    definitions: call.version,
    basis,
  }));
}

/** The genotypes that a call leaves possible; none unless it is called. */
export function calledGenotypes(call: StarAlleleCall, known: GeneKnowledge | undefined): readonly AllelesOfGene[] {
  if (call.outcome !== 'called') return [];
  const { gene: symbol, diplotypes } = call;
  const gene = geneName({ symbol });
  const inPharmVar = CALLABLE_GENES.get(symbol)?.inPharmVar === true;
  return diplotypes.map(({ alleles }: Diplotype) => ({
    gene,
    coding: calledCoding(symbol, alleles, inPharmVar),
    alleles,
    ...meaningOf(alleles, known?.phenotypes),
    candidates: diplotypes.length,
  }));
}

function calledCoding(gene: string, alleles: readonly string[], inPharmVar: boolean): AlleleCoding {
  const name = `${gene} ${alleles.join('/')}`;
  return { ...(inPharmVar ? { system: PHARMVAR } : {}), code: name, display: name };
}

const PHARMVAR = 'http://www.pharmvar.org';

function meaningOf(
  alleles: readonly string[],
  phenotypes: PhenotypeTable | undefined,
): Pick<GenotypeFinding, 'phenotype' | 'activityScore'> {
  const meaning = phenotypes && phenotypeOf(phenotypes, alleles);
  if (meaning === undefined) return {};
  const { phenotype, activityScore } = meaning;
  // As PharmCAT's tables write scores: `2.0`, `0.25`.
  const score = activityScore === undefined ? {} : { activityScore: formatScore(activityScore) };
  return { phenotype, ...score };
}

const formatScore = (score: number): string => (Number.isInteger(score) ? score.toFixed(1) : String(score));

function openCall({ study, call, accession }: StudyCall): readonly MissingGenotype[] {
  if (call.outcome === 'called') return [];
  const shared = { gene: call.gene, testId: study.testId, definitions: call.version };
  if (call.matched.length === 0) return [{ ...shared, outcome: 'not-tested', missing: [] }];
  if (call.outcome === 'unmatched') return [{ ...shared, outcome: 'unmatched', missing: [] }];
  const deciding = new Set(call.undetermined.flatMap(({ missing }) => missing));
  const missing = call.missing.flatMap(({ position }) => {
    if (!deciding.has(position)) return [];
    const { start0, reference, rsid } = position;
    return [{ accession, start0, end0: shift(start0, reference.length), rsid }];
  });
  return [{ ...shared, outcome: 'undetermined', missing }];
}
