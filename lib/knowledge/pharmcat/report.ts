import { InvalidInputError } from '../../genomics/errors.ts';
import type { NamedGenotype } from '../../genomics/genotype-finding.ts';
import { entriesIn, field, type JsonNode, listIn, optional, parsedJson, textIn } from './json.ts';

/** What a PharmCAT report says of one sample. */
export interface PharmcatReport {
  readonly genotypes: readonly NamedGenotype[];
  /** Genes that it has no call of. */
  readonly uncalled: readonly string[];
}

/** What PharmCAT writes where it has nothing to say. */
const NOTHING = new Set(['n/a', 'No Result']);

/**
 * Reads the diplotypes of a PharmCAT report (`*.report.json`), called and from outside. Those of a gene that it could
 * not tell apart are all there.
 *
 * @param name of the file, for messages
 * @throws InvalidInputError when it is no such report
 */
export function readPharmcatReport(text: string, name: string): PharmcatReport {
  const report = parsedJson(text, name);
  const genes = entriesIn(field(report, 'genes')).map(([, gene]) => readGene(gene));
  const genotypes = genes.flatMap((gene) => gene.genotypes);
  if (genotypes.length === 0) throw new InvalidInputError(`${name} has no genotype`);
  return { genotypes, uncalled: genes.filter((gene) => gene.genotypes.length === 0).map(({ symbol }) => symbol) };
}

function readGene(gene: JsonNode): { readonly symbol: string; readonly genotypes: readonly NamedGenotype[] } {
  const symbol = textIn(field(gene, 'geneSymbol'));
  const diplotypes = listIn(field(gene, 'sourceDiplotypes')).filter((diplotype) => !isUnknown(diplotype));
  const genotypes = diplotypes.map((diplotype): NamedGenotype => {
    const name = `${symbol} ${textIn(field(diplotype, 'label'))}`;
    const phenotypes = listIn(field(diplotype, 'phenotypes'))
      .map(textIn)
      .filter((one) => !NOTHING.has(one));
    const score = optional(field(diplotype, 'activityScore'), textIn);
    return {
      gene: { symbol },
      coding: { code: name, display: name },
      ...(phenotypes.length === 0 ? {} : { phenotype: phenotypes.join('; ') }),
      ...(score === undefined || NOTHING.has(score) ? {} : { activityScore: score }),
      candidates: diplotypes.length,
    };
  });
  return { symbol, genotypes };
}

function isUnknown(diplotype: JsonNode): boolean {
  const alleles = [field(diplotype, 'allele1'), field(diplotype, 'allele2')];
  return alleles.some((allele) => optional(allele, (node) => textIn(field(node, 'name'))) === 'Unknown');
}
