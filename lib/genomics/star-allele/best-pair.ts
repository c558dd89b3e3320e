import { basesOf, type GeneDefinition, type NamedAllele, restsOn } from './definition.ts';
import { acceptedAt, type Block, fits, type Observation } from './observation.ts';
import type { Diplotype, StarAlleleCall } from './star-allele-call.ts';

/** Two named alleles that contradict no call. */
export interface Pair {
  readonly alleles: readonly [NamedAllele, NamedAllele];
  readonly score: number;
}

/** The outcome under the `best-pair` rule. */
export type BestPairs =
  | { readonly outcome: 'called'; readonly pairs: readonly Pair[] }
  | { readonly outcome: 'undetermined'; readonly pairs: readonly Pair[] }
  | { readonly outcome: 'unmatched' };

/**
 * The pairs of named alleles that explain a sample, by PharmCAT's score: the number of positions at which the two
 * alleles state a base and the sample has a call. https://pharmcat.org/methods/NamedAlleleMatcher-101/
 *
 * PharmCAT forgets positions without a call. Here they count: a pair is called only if it is the best whatever stands
 * at those positions, and neither of its alleles is defined by one of them. The reference allele is defined by all.
 */
export function bestPairs(definition: GeneDefinition, observation: Observation): BestPairs {
  const compatible = compatiblePairs(definition, observation);
  if (compatible.length === 0) return { outcome: 'unmatched' };
  const bestByGenotype = [...groupByMissing(definition, observation.missing, compatible).values()].map(topScored);
  const pairs = [...new Set(bestByGenotype.flat())].toSorted((a, b) => b.score - a.score);
  const same = bestByGenotype.every((best) => best.length === pairs.length);
  const rests = ({ alleles }: Pair) =>
    alleles.some((allele) => observation.missing.some((position) => restsOn(definition, allele, position)));
  return { outcome: same && !pairs.some(rests) ? 'called' : 'undetermined', pairs };
}

// Blocks are independent of each other, so a pair fits when it fits each block one way or the other: no need to list
// the 2^(blocks - 1) ways to phase the sample.
function compatiblePairs(definition: GeneDefinition, { blocks }: Observation): readonly Pair[] {
  const scored = definition.alleles.map((allele) => ({
    allele,
    scores: blocks.map(
      (block) => [scoreOn(definition, allele, block, 0), scoreOn(definition, allele, block, 1)] as const,
    ),
  }));
  return scored.flatMap((a, index) =>
    scored.slice(index).flatMap((b) => {
      let score = 0;
      for (const [block, [first, second]] of a.scores.entries()) {
        const [otherFirst, otherSecond] = b.scores[block] ?? [NO_FIT, NO_FIT];
        score += Math.max(first + otherSecond, second + otherFirst);
        if (score === NO_FIT) return [];
      }
      return [{ alleles: [a.allele, b.allele] as const, score }];
    }),
  );
}

// Not a low score: added to any other it stays itself.
const NO_FIT = Number.NEGATIVE_INFINITY;

// An IUPAC code that the sample meets with the reference's base defines nothing, and does not count (PharmCAT's report
// of its example of CYP2C19 *2/*2 scores 3 + 3, though *2 states four bases, one of them R).
function scoreOn(definition: GeneDefinition, allele: NamedAllele, block: Block, strand: 0 | 1): number {
  if (!fits(definition, allele, block, strand)) return NO_FIT;
  return block.filter(({ position, alleles }) => {
    const stated = allele.stated[position];
    if (stated === undefined) return false;
    return basesOf(stated).length === 1 || alleles[strand] !== definition.positions[position]?.reference;
  }).length;
}

// Two pairs compete only where the same genotype at the missing positions would show both.
function groupByMissing(
  definition: GeneDefinition,
  missing: readonly number[],
  pairs: readonly Pair[],
): Map<string, Pair[]> {
  const groups = new Map<string, Pair[]>();
  const own = new Map(definition.alleles.map((allele) => [allele, variantsOf(definition, allele, missing)]));
  for (const pair of pairs) {
    const positions = new Set(pair.alleles.flatMap((allele) => own.get(allele) ?? []));
    for (const key of genotypesAt(definition, positions, pair)) {
      const group = groups.get(key);
      if (group) group.push(pair);
      else groups.set(key, [pair]);
    }
  }
  return groups;
}

// Where an allele may differ from the reference allele, of some positions.
function variantsOf(definition: GeneDefinition, allele: NamedAllele, positions: readonly number[]): readonly number[] {
  const [reference] = definition.alleles;
  return positions.filter(
    (position) => allele.stated[position] !== undefined && allele.stated[position] !== reference.stated[position],
  );
}

// Every genotype that a pair may show at some positions: more than one only where the definition has an IUPAC code.
// Homozygous reference is left out, so that a key does not depend on the positions it was made for.
function genotypesAt(definition: GeneDefinition, positions: ReadonlySet<number>, pair: Pair): readonly string[] {
  const [first, second] = pair.alleles;
  const [reference] = definition.alleles;
  let keys = [''];
  for (const position of [...positions].toSorted((a, b) => a - b)) {
    const genotypes = new Set(
      acceptedAt(definition, first, position).flatMap((a) =>
        acceptedAt(definition, second, position).map((b) => (a < b ? `${a}/${b}` : `${b}/${a}`)),
      ),
    );
    const homozygousReference = `${reference.stated[position]}/${reference.stated[position]}`;
    keys = keys.flatMap((key) =>
      [...genotypes].map((genotype) => (genotype === homozygousReference ? key : `${key} ${position}:${genotype}`)),
    );
  }
  return keys;
}

function topScored(pairs: readonly Pair[]): readonly Pair[] {
  const top = Math.max(...pairs.map(({ score }) => score));
  return pairs.filter(({ score }) => score === top);
}

/** Pairs under the names to report; sub-alleles of one allele become one. */
export function reportedDiplotypes(pairs: readonly Pair[]): readonly Diplotype[] {
  const byName = new Map<string, Diplotype>();
  for (const { alleles, score } of pairs) {
    const names = [alleles[0].reportedAs, alleles[1].reportedAs] as const;
    const key = names.join('/');
    if (!byName.has(key)) byName.set(key, { alleles: names, score });
  }
  return [...byName.values()];
}

/** The alleles of some pairs that rest on positions without a call. */
export function undeterminedAlleles(
  definition: GeneDefinition,
  missing: readonly number[],
  alleles: Iterable<NamedAllele>,
): Extract<StarAlleleCall, { outcome: 'undetermined' }>['undetermined'] {
  return [...new Set(alleles)]
    .map((allele) => ({
      allele: allele.reportedAs,
      missing: missing
        .filter((position) => restsOn(definition, allele, position))
        .flatMap((position) => definition.positions[position] ?? []),
    }))
    .filter((undetermined) => undetermined.missing.length > 0);
}
