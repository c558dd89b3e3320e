import { CannotAnswerError } from '../errors.ts';
import { findCarried, statedPositions } from './carried-alleles.ts';
import { type GeneDefinition, type NamedAllele, restsOn } from './definition.ts';
import { acceptedAt, type Block, type Observation } from './observation.ts';
import type { FoundAllele } from './star-allele-call.ts';

/** Activity values by allele name, such as 0, 0.5 and 1 for DPYD. */
export type ActivityValues = ReadonlyMap<string, number>;

type NamedPair = readonly [NamedAllele, NamedAllele];

/** The outcome under the `lowest-function` rule. */
export type LowestFunction = { readonly found: readonly FoundAllele[] } & (
  | { readonly outcome: 'called'; readonly pair: NamedPair }
  | { readonly outcome: 'undetermined'; readonly pairs: readonly NamedPair[]; readonly open: readonly NamedAllele[] }
  | { readonly outcome: 'unmatched' }
);

/**
 * Every allele found in a sample, and the two of lowest activity. Phased (or with one heterozygous position at most):
 * the lowest of each strand. Otherwise, also where phase is known for a part only, two different variants are taken to
 * lie on different chromosomes, and normal function is written as the reference.
 * https://pharmcat.org/methods/Gene-Definition-Exceptions/#dpyd
 *
 * A position without a call leaves the gene undetermined, unless an allele there could not lower what was found. The
 * reference, and normal function, are never called next to such a position.
 * @throws CannotAnswerError if an allele of the definition has no activity value
 */
export function lowestFunction(
  definition: GeneDefinition,
  observation: Observation,
  activity: ActivityValues,
): LowestFunction {
  const ranked = rankedBy(definition, activity);
  const reference = definition.alleles[0];
  const { copies, perStrand, unexplained } = findCarried(definition, observation.blocks);
  const found = [...copies].map(([allele, count]) => ({ allele: allele.reportedAs, copies: count }));
  const open = definition.alleles.filter(
    (allele) =>
      allele !== reference &&
      observation.missing.some((position) => restsOn(definition, allele, position)) &&
      mayBeCarried(definition, allele, observation.blocks),
  );
  const openPositions = new Set(open.flatMap((allele) => statedPositions(allele)));
  if (unexplained.some((position) => !openPositions.has(position))) return { outcome: 'unmatched', found };

  const lowest = (alleles: readonly NamedAllele[]) => alleles.toSorted(ranked.compare)[0] ?? reference;
  const twoLowest = (alleles: readonly NamedAllele[]): NamedPair => {
    const [first = reference, second = reference] = alleles.toSorted(ranked.compare).map(ranked.normalAsReference);
    return ranked.ordered(first, second);
  };
  const pair = perStrand
    ? ranked.ordered(lowest(perStrand[0]), lowest(perStrand[1]))
    : twoLowest([...copies].flatMap(([allele, count]) => Array.from({ length: count }, () => allele)));

  const highest = Math.max(...pair.map(ranked.value));
  const safe =
    highest < ranked.value(reference) &&
    open.every((allele) => ranked.value(allele) >= highest && !extendsOneOf(allele, pair));
  if (observation.missing.length === 0 || safe) return { outcome: 'called', found, pair };
  const added = open.flatMap((first, index) => [[first], ...open.slice(index).map((second) => [first, second])]);
  const pairs = [pair, ...added.map((extra) => twoLowest(extra.reduce<readonly NamedAllele[]>(withOpen, pair)))];
  const distinct = new Map(pairs.map((possible) => [possible.map(({ name }) => name).join('/'), possible]));
  return { outcome: 'undetermined', found, pairs: [...distinct.values()], open: [reference, ...open] };
}

function rankedBy(definition: GeneDefinition, activity: ActivityValues) {
  const reference = definition.alleles[0];
  const value = (allele: NamedAllele): number => {
    const stated = activity.get(allele.reportedAs);
    if (stated !== undefined) return stated;
    throw new CannotAnswerError(
      `${definition.gene} ${allele.reportedAs} has no activity value, so its rank is unknown`,
    );
  };
  const order = new Map(definition.alleles.map((allele, index) => [allele, index]));
  const inOrder = (a: NamedAllele, b: NamedAllele) => (order.get(a) ?? 0) - (order.get(b) ?? 0);
  return {
    value,
    compare: (a: NamedAllele, b: NamedAllele) => value(a) - value(b) || inOrder(a, b),
    normalAsReference: (allele: NamedAllele) => (value(allele) >= value(reference) ? reference : allele),
    ordered: (a: NamedAllele, b: NamedAllele): NamedPair => (inOrder(a, b) <= 0 ? [a, b] : [b, a]),
  };
}

// A called allele stays what it is unless an open one includes its variants (HapB3 those of c.1129-5923C>G).
function extendsOneOf(open: NamedAllele, alleles: readonly NamedAllele[]): boolean {
  return alleles.some((allele) => sharesVariants(open, allele));
}

// Some alleles and an open one, which stands for one whose variants it includes or else is added to them.
function withOpen(alleles: readonly NamedAllele[], open: NamedAllele): readonly NamedAllele[] {
  const included = alleles.findIndex((allele) => allele !== open && sharesVariants(open, allele));
  return [...alleles.filter((_, index) => index !== included), open];
}

// The reference allele states a base everywhere, but has no variants.
function sharesVariants(one: NamedAllele, other: NamedAllele): boolean {
  const variants = new Set(statedPositions(one));
  const positions = statedPositions(other);
  return positions.length < other.stated.length && positions.some((position) => variants.has(position));
}

// An allele with a position without a call may be there if none of its called positions speaks against it.
function mayBeCarried(definition: GeneDefinition, allele: NamedAllele, blocks: readonly Block[]): boolean {
  const stated = new Set(statedPositions(allele));
  return blocks
    .flat()
    .filter(({ position }) => stated.has(position))
    .every(({ position, alleles }) => alleles.some((base) => acceptedAt(definition, allele, position).includes(base)));
}
