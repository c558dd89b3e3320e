import { InvalidInputError } from '../../genomics/errors.ts';
import { type DiplotypePhenotype, diplotypeKey, type PhenotypeTable } from '../../genomics/star-allele/phenotype.ts';
import { entriesIn, field, integerIn, type JsonNode, listIn, optional, parsedJson, textIn } from './json.ts';

/**
 * Reads a `phenotype/<gene>.json` of PharmCAT: allele functions, activity values and the phenotype of each diplotype.
 * @param name of the file, for messages
 * @throws InvalidInputError if it is no such file
 */
export function readPhenotypes(text: string, name: string): PhenotypeTable {
  const file = parsedJson(text, name);
  const alleles = listIn(field(file, 'namedAlleles'));
  return {
    gene: textIn(field(file, 'gene')),
    version: textIn(field(file, 'version')),
    functions: new Map(
      alleles.flatMap((allele) => {
        const stated = optional(field(allele, 'functionValue'), textIn);
        return stated === undefined ? [] : [[textIn(field(allele, 'name')), stated] as const];
      }),
    ),
    activity: new Map(
      alleles.flatMap((allele) => {
        const stated = scoreIn(field(allele, 'activityValue'));
        return stated === undefined ? [] : [[textIn(field(allele, 'name')), stated] as const];
      }),
    ),
    diplotypes: new Map(listIn(field(file, 'diplotypes')).map(readDiplotype)),
  };
}

function readDiplotype(node: JsonNode): readonly [string, DiplotypePhenotype] {
  const copies = entriesIn(field(node, 'diplotypekey')).flatMap(([allele, count]) =>
    Array.from({ length: integerIn(count) }, () => allele),
  );
  // Of the mitochondrion's genes there is one.
  if (copies.length !== 1 && copies.length !== 2) {
    throw new InvalidInputError(`${node.path}.diplotypekey should count one or two alleles`);
  }
  const phenotype = textIn(field(node, 'phenotype'));
  return [diplotypeKey(copies), { phenotype, activityScore: scoreIn(field(node, 'activityScore')) }];
}

// `n/a` marks an allele or diplotype of a scored gene that has no score of its own.
function scoreIn(node: JsonNode): number | undefined {
  const text = optional(node, textIn);
  if (text === undefined || text === 'n/a') return undefined;
  const score = Number(text);
  if (!Number.isFinite(score)) throw new InvalidInputError(`${node.path} should be a score`);
  return score;
}
