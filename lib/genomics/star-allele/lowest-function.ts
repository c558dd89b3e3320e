import { CannotAnswerError } from '../errors.ts';
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
 * the lowest of each strand. Otherwise two different variants are taken to lie on different chromosomes, and normal
 * function is written as the reference. https://pharmcat.org/methods/Gene-Definition-Exceptions/#dpyd
 *
 * A position without a call leaves the gene undetermined, unless an allele there could not lower what was found. The
 * reference is never called next to such a position.
 * @throws CannotAnswerError if an allele of the definition has no activity value
 */
export function lowestFunction(
  definition: GeneDefinition,
  observation: Observation,
  activity: ActivityValues,
): LowestFunction {
  const ranked = rankedBy(definition, activity);
  const reference = definition.alleles[0];
  const strands = strandsOf(observation.blocks);
  const { copies, perStrand, explained } = find(definition, observation, strands);
  const found = [...copies].map(([allele, count]) => ({ allele: allele.reportedAs, copies: count }));
  const open = definition.alleles.filter(
    (allele) =>
      allele !== reference &&
      observation.missing.some((position) => restsOn(definition, allele, position)) &&
      mayBeCarried(definition, allele, observation.blocks),
  );
  const openPositions = new Set(open.flatMap((allele) => statedPositions(allele)));
  if (!explained(openPositions)) return { outcome: 'unmatched', found };

  const lowest = (alleles: readonly NamedAllele[]) => alleles.toSorted(ranked.compare)[0] ?? reference;
  const twoLowest = (alleles: readonly NamedAllele[]): NamedPair => {
    const [first = reference, second = reference] = alleles.toSorted(ranked.compare).map(ranked.normalAsReference);
    return ranked.ordered(first, second);
  };
  const pair = perStrand
    ? ranked.ordered(lowest(perStrand[0]), lowest(perStrand[1]))
    : twoLowest([...copies].flatMap(([allele, count]) => Array.from({ length: count }, () => allele)));

  const highest = Math.max(...pair.map(ranked.value));
  const safe = !pair.includes(reference) && open.every((allele) => ranked.value(allele) >= highest);
  if (observation.missing.length === 0 || safe) return { outcome: 'called', found, pair };
  const added = open.flatMap((first, index) => [[first], ...open.slice(index).map((second) => [first, second])]);
  const pairs = [pair, ...added.map((extra) => twoLowest([...pair, ...extra]))];
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

// One block of heterozygous calls at most: which bases share a chromosome is known.
function strandsOf(blocks: readonly Block[]): readonly [Strand, Strand] | undefined {
  const heterozygous = blocks.filter((block) => block.some(({ alleles: [a, b] }) => a !== b));
  if (heterozygous.length > 1) return undefined;
  const strand = (index: 0 | 1): Strand =>
    new Map(blocks.flat().map(({ position, alleles }) => [position, alleles[index]]));
  return [strand(0), strand(1)];
}

type Strand = ReadonlyMap<number, string>;

interface Found {
  readonly copies: ReadonlyMap<NamedAllele, 1 | 2>;
  readonly perStrand: readonly [readonly NamedAllele[], readonly NamedAllele[]] | undefined;
  /** Whether every variant belongs to an allele found, leaving positions aside that an open allele may explain. */
  readonly explained: (open: ReadonlySet<number>) => boolean;
}

// Alleles of more variants go first: HapB3 (two variants) takes its c.1129-5923C>G, which is an allele of its own too.
function find(
  definition: GeneDefinition,
  { blocks }: Observation,
  strands: readonly [Strand, Strand] | undefined,
): Found {
  const others = definition.alleles.slice(1).toSorted((a, b) => statedPositions(b).length - statedPositions(a).length);
  const variants = blocks.flat().map(({ position, alleles }) => ({ position, alleles }));
  const isVariant = (position: number, base: string) =>
    !acceptedAt(definition, definition.alleles[0], position).includes(base);

  if (strands) {
    const onStrand = (strand: Strand) => {
      const taken = new Set<number>();
      const alleles = others.filter((allele) => {
        const positions = statedPositions(allele);
        const carried = positions.every((position) => {
          const base = strand.get(position);
          return base !== undefined && !taken.has(position) && allelesHave(definition, allele, position, base);
        });
        if (carried) for (const position of positions) taken.add(position);
        return carried;
      });
      const left = [...strand].filter(([position, base]) => isVariant(position, base) && !taken.has(position));
      return { alleles, left: left.map(([position]) => position) };
    };
    const [first, second] = [onStrand(strands[0]), onStrand(strands[1])];
    const copies = new Map<NamedAllele, 1 | 2>();
    for (const allele of [...first.alleles, ...second.alleles]) copies.set(allele, copies.has(allele) ? 2 : 1);
    return {
      copies,
      perStrand: [first.alleles, second.alleles],
      explained: (open) => [...first.left, ...second.left].every((position) => open.has(position)),
    };
  }

  const remaining = new Map<number, string[]>(variants.map(({ position, alleles }) => [position, [...alleles]]));
  const copies = new Map<NamedAllele, 1 | 2>();
  for (const allele of others) {
    for (let copy = 1; copy <= 2; copy += 1) {
      const bases = statedPositions(allele).map((position) => {
        const index = remaining.get(position)?.findIndex((base) => allelesHave(definition, allele, position, base));
        return { position, index: index ?? -1 };
      });
      if (bases.some(({ index }) => index < 0)) break;
      for (const { position, index } of bases) remaining.get(position)?.splice(index, 1);
      copies.set(allele, copy === 1 ? 1 : 2);
    }
  }
  const left = [...remaining].filter(([position, bases]) => bases.some((base) => isVariant(position, base)));
  return { copies, perStrand: undefined, explained: (open) => left.every(([position]) => open.has(position)) };
}

function statedPositions(allele: NamedAllele): readonly number[] {
  return allele.stated.flatMap((stated, position) => (stated === undefined ? [] : [position]));
}

function allelesHave(definition: GeneDefinition, allele: NamedAllele, position: number, base: string): boolean {
  return acceptedAt(definition, allele, position).includes(base);
}

// An allele with a position without a call may be there if none of its called positions speaks against it.
function mayBeCarried(definition: GeneDefinition, allele: NamedAllele, blocks: readonly Block[]): boolean {
  const stated = new Set(statedPositions(allele));
  return blocks
    .flat()
    .filter(({ position }) => stated.has(position))
    .every(({ position, alleles }) => alleles.some((base) => allelesHave(definition, allele, position, base)));
}
