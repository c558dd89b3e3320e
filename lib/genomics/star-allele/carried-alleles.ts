import type { GeneDefinition, NamedAllele } from './definition.ts';
import { acceptedAt, type Block } from './observation.ts';

/** The alleles, each apart from the others, that a sample carries. */
export interface CarriedAlleles {
  readonly copies: ReadonlyMap<NamedAllele, 1 | 2>;
  /** Those of each strand, where it is known which bases share one. */
  readonly perStrand: readonly [readonly NamedAllele[], readonly NamedAllele[]] | undefined;
  /** Positions with a variant that belongs to none of them. */
  readonly unexplained: readonly number[];
}

/**
 * Every allele whose variants a sample carries. An allele of more variants goes first, and its variants are taken then:
 * HapB3 (two variants) takes its c.1129-5923C>G, which is an allele of its own too.
 */
export function findCarried(definition: GeneDefinition, blocks: readonly Block[]): CarriedAlleles {
  const alleles = definition.alleles.slice(1).toSorted((a, b) => statedPositions(b).length - statedPositions(a).length);
  const heterozygous = blocks.filter((block) => block.some(({ alleles: [first, second] }) => first !== second));
  // One block at most: which bases share a chromosome is known.
  if (heterozygous.length > 1)
    return { ...takeAlleles(definition, alleles, basesIn(blocks, [0, 1])), perStrand: undefined };
  const first = takeAlleles(definition, alleles, basesIn(blocks, [0]));
  const second = takeAlleles(definition, alleles, basesIn(blocks, [1]));
  const perStrand = [[...first.copies.keys()], [...second.copies.keys()]] as const;
  const copies = new Map<NamedAllele, 1 | 2>();
  for (const allele of perStrand.flat()) copies.set(allele, copies.has(allele) ? 2 : 1);
  return { copies, perStrand, unexplained: [...first.unexplained, ...second.unexplained] };
}

/** The positions at which an allele states a base. */
export function statedPositions(allele: NamedAllele): readonly number[] {
  return allele.stated.flatMap((stated, position) => (stated === undefined ? [] : [position]));
}

function basesIn(blocks: readonly Block[], strands: readonly (0 | 1)[]): Map<number, string[]> {
  return new Map(blocks.flat().map(({ position, alleles }) => [position, strands.map((strand) => alleles[strand])]));
}

// Takes the bases of each allele out of `bases` for as long as all of them are there, and says what is left.
function takeAlleles(
  definition: GeneDefinition,
  alleles: readonly NamedAllele[],
  bases: Map<number, string[]>,
): Pick<CarriedAlleles, 'copies' | 'unexplained'> {
  const accepts = (allele: NamedAllele, position: number, base: string) =>
    acceptedAt(definition, allele, position).includes(base);
  const copies = new Map<NamedAllele, 1 | 2>();
  for (const allele of alleles) {
    for (const copy of [1, 2] as const) {
      const places = statedPositions(allele).map((position) => ({
        here: bases.get(position) ?? [],
        index: bases.get(position)?.findIndex((base) => accepts(allele, position, base)) ?? -1,
      }));
      if (places.some(({ index }) => index < 0)) break;
      for (const { here, index } of places) here.splice(index, 1);
      copies.set(allele, copy);
    }
  }
  const [reference] = definition.alleles;
  const left = [...bases].filter(([position, here]) => here.some((base) => !accepts(reference, position, base)));
  return { copies, unexplained: left.map(([position]) => position) };
}
