import { NotFoundError } from '../errors.ts';
import { bestPairs, reportedDiplotypes, undeterminedAlleles } from './best-pair.ts';
import { type GeneDefinition, type NamedAllele, restsOn } from './definition.ts';
import { CALLABLE_GENES } from './genes.ts';
import { type ActivityValues, lowestFunction } from './lowest-function.ts';
import { acceptedAt, type GeneCalls, type Observation, observe } from './observation.ts';
import type { CallBasis, StarAlleleCall } from './star-allele-call.ts';

/**
 * The diplotype of one gene in one sample, from its calls at the positions that define the gene's alleles.
 * @param activity activity values of the gene's alleles: only the lowest-function rule (DPYD) reads them
 * @throws NotFoundError if the gene is not one that is called from small variants
 * @throws CannotAnswerError if the rule needs an activity value that is not there
 */
export function callStarAlleles(
  definition: GeneDefinition,
  calls: GeneCalls,
  activity: ActivityValues = new Map(),
): StarAlleleCall {
  const gene = CALLABLE_GENES.get(definition.gene);
  if (!gene) throw new NotFoundError(`${definition.gene} is not called from small variants`);
  const observation = observe(definition, calls, gene.unknownAsReference);
  return gene.rule === 'lowest-function'
    ? byLowestFunction(definition, observation, activity)
    : byBestPair(definition, observation);
}

function byBestPair(definition: GeneDefinition, observation: Observation): StarAlleleCall {
  const basis = basisOf(definition, observation);
  const best = bestPairs(definition, observation);
  switch (best.outcome) {
    case 'called':
      return { ...basis, outcome: 'called', diplotypes: reportedDiplotypes(best.pairs) };
    case 'unmatched':
      return { ...basis, outcome: 'unmatched', carried: carriedPositions(definition, observation) };
    case 'undetermined': {
      const alleles = best.pairs.flatMap((pair) => pair.alleles);
      return {
        ...basis,
        outcome: 'undetermined',
        possible: reportedDiplotypes(best.pairs),
        undetermined: undeterminedAlleles(definition, observation.missing, alleles),
      };
    }
  }
}

function byLowestFunction(
  definition: GeneDefinition,
  observation: Observation,
  activity: ActivityValues,
): StarAlleleCall {
  const lowest = lowestFunction(definition, observation, activity);
  const basis = { ...basisOf(definition, observation), found: lowest.found };
  const scored = (alleles: readonly [NamedAllele, NamedAllele]) => ({
    alleles,
    score: alleles.reduce((sum, allele) => sum + statedAt(allele, observation.called), 0),
  });
  switch (lowest.outcome) {
    case 'called':
      return { ...basis, outcome: 'called', diplotypes: reportedDiplotypes([scored(lowest.pair)]) };
    case 'unmatched':
      return { ...basis, outcome: 'unmatched', carried: carriedPositions(definition, observation) };
    case 'undetermined':
      return {
        ...basis,
        outcome: 'undetermined',
        possible: reportedDiplotypes(lowest.pairs.map(scored)),
        undetermined: undeterminedAlleles(definition, observation.missing, lowest.open),
      };
  }
}

function statedAt(allele: NamedAllele, positions: readonly number[]): number {
  return positions.filter((position) => allele.stated[position] !== undefined).length;
}

function basisOf(definition: GeneDefinition, { called, missing, unknown }: Observation): CallBasis {
  const [reference, ...others] = definition.alleles;
  const at = (position: number) => definition.positions[position] ?? [];
  return {
    gene: definition.gene,
    version: definition.version,
    matched: called.flatMap(at),
    unknown,
    missing: missing.flatMap((index) => {
      const position = definition.positions[index];
      if (!position) return [];
      const own = acceptedAt(definition, reference, index);
      const defines = others.filter(
        (allele) =>
          restsOn(definition, allele, index) && !acceptedAt(definition, allele, index).some((a) => own.includes(a)),
      );
      return { position, defines: [...new Set(defines.map(({ reportedAs }) => reportedAs))] };
    }),
  };
}

function carriedPositions(definition: GeneDefinition, { blocks }: Observation) {
  return blocks
    .flat()
    .filter(({ position, alleles }) => {
      const own = acceptedAt(definition, definition.alleles[0], position);
      return alleles.some((allele) => !own.includes(allele));
    })
    .toSorted((a, b) => a.position - b.position)
    .flatMap(({ position }) => definition.positions[position] ?? []);
}
