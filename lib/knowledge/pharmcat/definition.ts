import { interbase } from '../../genomics/coordinates.ts';
import { InvalidInputError } from '../../genomics/errors.ts';
import type { DefiningPosition, GeneDefinition, NamedAllele } from '../../genomics/star-allele/definition.ts';
import { entriesIn, field, integerIn, type JsonNode, listIn, optional, parsedJson, textIn } from './json.ts';

/**
 * Reads a `<gene>_translation.json` of PharmCAT (format version 2). Positions there are VCF's: 1-based, anchored.
 * @param name of the file, for messages
 * @throws InvalidInputError if it is no such file, is of another assembly, or contradicts itself
 */
export function readDefinition(text: string, name: string): GeneDefinition {
  const file = parsedJson(text, name);
  const build = textIn(field(file, 'genomeBuild'));
  if (!build.startsWith('GRCh38')) throw new InvalidInputError(`${name} is of ${build}, not of GRCh38`);
  const positions = listIn(field(file, 'variants')).map(readPosition);
  if (new Set(positions.map(({ start0 }) => start0)).size < positions.length) {
    throw new InvalidInputError(`${name} has two variants at one position`);
  }
  const subAlleles = new Map(
    entriesIn(optional(field(file, 'suballelesMap'), (node) => node) ?? { value: {}, path: name }).map(
      ([subAllele, allele]) => [subAllele, textIn(allele)],
    ),
  );
  const [reference, ...others] = listIn(field(file, 'namedAlleles'))
    .filter((node) => field(node, 'structuralVariant').value !== true)
    .map((node) => readAllele(node, positions.length, subAlleles));
  if (reference?.stated.some((stated) => stated === undefined) !== false) {
    throw new InvalidInputError(`${name}: the first allele is no reference allele, which states a base everywhere`);
  }
  return {
    gene: textIn(field(file, 'gene')),
    version: textIn(field(file, 'version')),
    assembly: 'GRCh38',
    accession: textIn(field(file, 'refSeqChromosomeId')),
    positions,
    alleles: [reference, ...others],
  };
}

function readPosition(node: JsonNode): DefiningPosition {
  return {
    // PharmCAT states 1-based positions.
    start0: interbase(integerIn(field(node, 'position')) - 1),
    reference: textIn(field(node, 'ref')),
    alternatives: listIn(field(node, 'alts')).map(textIn),
    rsid: optional(field(node, 'rsid'), textIn),
    hgvs: textIn(field(node, 'chromosomeHgvsName')),
  };
}

function readAllele(node: JsonNode, positions: number, subAlleles: ReadonlyMap<string, string>): NamedAllele {
  const name = textIn(field(node, 'name'));
  const stated = listIn(field(node, 'alleles')).map((base) => optional(base, textIn));
  if (stated.length !== positions) {
    throw new InvalidInputError(`${node.path} (${name}) states ${stated.length} bases for ${positions} positions`);
  }
  return { name, reportedAs: subAlleles.get(name) ?? name, stated };
}
