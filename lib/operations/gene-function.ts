import type { AllelesOfGene } from '../genomics/genotype-finding.ts';
import type { PhenotypeTable } from '../genomics/star-allele/phenotype.ts';
import type { GeneFunction } from '../knowledge/rows.ts';

/** A genotype, and what the loaded definitions know of its gene. */
export interface FunctionOf<Finding extends AllelesOfGene = AllelesOfGene> {
  readonly finding: Finding;
  readonly phenotypes?: PhenotypeTable | undefined;
}

const CARRIES = /^(\*\S+) (positive|negative)$/i;

/**
 * Whether a genotype has the function that a source looks a recommendation up by: its phenotype (`Poor Metabolizer`),
 * its activity score (`1.5`, `≥3.0`), the functions of its two alleles in any order (`No function/Normal function`), or
 * whether one of them is a certain HLA allele (`*57:01 positive`).
 */
export function hasFunction({ finding, phenotypes }: FunctionOf, { gene, lookup }: GeneFunction): boolean {
  if (gene.toUpperCase() !== finding.gene.symbol.toUpperCase()) return false;
  if (finding.phenotype !== undefined && same(finding.phenotype, lookup)) return true;
  if (finding.activityScore !== undefined && hasScore(finding.activityScore, lookup)) return true;
  const [, allele, state] = CARRIES.exec(lookup) ?? [];
  if (allele !== undefined) return carries(finding, allele, state?.toLowerCase() === 'positive');
  return phenotypes !== undefined && same(functionsOf(finding, phenotypes), inOrder(lookup.split('/')));
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function hasScore(score: string, lookup: string): boolean {
  if (score === lookup) return true;
  const [own, asked] = [Number(score), Number(lookup.replace(/^≥/, ''))];
  if (lookup === '' || Number.isNaN(own) || Number.isNaN(asked)) return false;
  return lookup.startsWith('≥') ? own >= asked : own === asked;
}

/**
 * An allele is carried when a copy is named by it, or by more of its fields. It is not carried when every copy is known
 * to as many fields and is another; what is named less exactly tells neither.
 */
function carries({ alleles, gene }: AllelesOfGene, allele: string, positive: boolean): boolean {
  const fields = (name: string): readonly string[] => name.slice(name.indexOf('*') + 1).split(':');
  const asked = fields(allele);
  const named = alleles.map((one) => fields(one.startsWith(gene.symbol) ? one.slice(gene.symbol.length) : one));
  const agrees = (own: readonly string[]) => asked.every((field, at) => own[at] === undefined || own[at] === field);
  const isIt = (own: readonly string[]) => own.length >= asked.length && agrees(own);
  if (positive) return named.some(isIt);
  return named.length > 1 && alleles.every((one) => !one.includes('/')) && !named.some(agrees);
}

function functionsOf({ alleles }: AllelesOfGene, { functions }: PhenotypeTable): string {
  return inOrder(alleles.map((allele) => functions.get(allele) ?? 'unknown'));
}

const inOrder = (functions: readonly string[]): string =>
  functions
    .map((one) => one.trim())
    .toSorted()
    .join('/');
