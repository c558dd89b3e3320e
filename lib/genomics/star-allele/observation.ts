import type { Interbase } from '../coordinates.ts';
import { basesOf, type DefiningPosition, type GeneDefinition, type NamedAllele } from './definition.ts';

/**
 * What a sample shows at a defining position: its two alleles spelt as the definition spells them, and the phase set
 * that orders them. Alleles without a phase set are in no order. A half call (`./1`) is not called.
 */
export type PositionCall = 'not called' | CalledAlleles;

export interface CalledAlleles {
  readonly alleles: readonly [string, string];
  /** Calls of one phase set share their order: the first alleles lie on one chromosome, the second on the other. */
  readonly phaseSet?: string;
}

/** Calls by the start of the defining position (0-based). A position without an entry was not called. */
export type GeneCalls = ReadonlyMap<Interbase, PositionCall>;

/** An allele at a defining position that the definition does not know. */
export interface UnknownAllele {
  readonly position: DefiningPosition;
  readonly allele: string;
}

/** The calls of one sample sorted for matching. Numbers are indices into `GeneDefinition.positions`. */
export interface Observation {
  readonly called: readonly number[];
  readonly missing: readonly number[];
  readonly unknown: readonly UnknownAllele[];
  /** Calls whose order is known relative to each other; the order between two blocks is not known. */
  readonly blocks: readonly Block[];
}

/** The alleles of two strands over some positions; which strand is the mother's is not known. */
export type Block = readonly { readonly position: number; readonly alleles: readonly [string, string] }[];

/** Sorts calls by what is known of their phase. Unknown alleles become the reference where `unknownAsReference`. */
export function observe(definition: GeneDefinition, calls: GeneCalls, unknownAsReference: boolean): Observation {
  const called: number[] = [];
  const missing: number[] = [];
  const unknown: UnknownAllele[] = [];
  const blocks = new Map<string, { position: number; alleles: readonly [string, string] }[]>();
  for (const [position, defining] of definition.positions.entries()) {
    const call = calls.get(defining.start0) ?? 'not called';
    if (call === 'not called') {
      missing.push(position);
      continue;
    }
    called.push(position);
    const known = [defining.reference, ...defining.alternatives];
    const strangers = new Set(call.alleles.filter((allele) => !known.includes(allele)));
    unknown.push(...[...strangers].map((allele) => ({ position: defining, allele })));
    const [first, second] = call.alleles.map((allele) =>
      unknownAsReference && strangers.has(allele) ? defining.reference : allele,
    ) as [string, string];
    const key = blockKey(position, first === second, call.phaseSet);
    blocks.set(key, [...(blocks.get(key) ?? []), { position, alleles: [first, second] }]);
  }
  return { called, missing, unknown, blocks: [...blocks.values()] };
}

function blockKey(position: number, homozygous: boolean, phaseSet: string | undefined): string {
  if (homozygous) return 'homozygous';
  return phaseSet === undefined ? `position ${position}` : `phase set ${phaseSet}`;
}

/** Whether a named allele agrees with one strand of a block; where it states nothing, it has the reference's base. */
export function fits(definition: GeneDefinition, allele: NamedAllele, block: Block, strand: 0 | 1): boolean {
  return block.every(({ position, alleles }) => acceptedAt(definition, allele, position).includes(alleles[strand]));
}

/** What a named allele may have at a position. */
export function acceptedAt(definition: GeneDefinition, allele: NamedAllele, position: number): readonly string[] {
  const stated = allele.stated[position];
  if (stated !== undefined) return basesOf(stated);
  const inherited = definition.alleles[0].stated[position];
  return inherited === undefined ? [] : basesOf(inherited);
}
