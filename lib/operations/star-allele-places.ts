import type { Assembly } from '../genomics/assembly.ts';
import { ifLoaded } from '../genomics/if-loaded.ts';
import type { GeneDefinition } from '../genomics/star-allele/definition.ts';
import { type Carrying, type PlacedPosition, placePosition } from '../genomics/star-allele/placed-position.ts';
import type { Reference } from './ports.ts';

/** Places of one definition in one assembly, as of one release of the reference data. */
interface Kept {
  readonly release: string;
  readonly places: Promise<readonly PlacedPosition[]>;
}

// A definition has up to ninety positions, which are the same for every subject: they are placed once.
const kept = new WeakMap<GeneDefinition, Map<Assembly, Kept>>();

/**
 * The defining positions of a gene that have a place in an assembly; the others can't be called there.
 *
 * @throws UnavailableError when reference data can't be read
 */
export function placesOf(
  definition: GeneDefinition,
  assembly: Assembly,
  reference: Reference,
): Promise<readonly PlacedPosition[]> {
  const ofDefinition = kept.get(definition) ?? new Map<Assembly, Kept>();
  kept.set(definition, ofDefinition);
  const before = ofDefinition.get(assembly);
  if (before?.release === reference.release) return before.places;
  const places = place(definition, assembly, reference);
  ofDefinition.set(assembly, { release: reference.release, places });
  // A failure is not kept: the next request tries again.
  places.catch(() => ofDefinition.delete(assembly));
  return places;
}

async function place(
  definition: GeneDefinition,
  assembly: Assembly,
  { chains, sequences }: Reference,
): Promise<readonly PlacedPosition[]> {
  let carrying: Carrying | undefined;
  if (definition.assembly !== assembly) {
    const index = await ifLoaded(() => chains.between(definition.assembly, assembly));
    if (index === undefined) return [];
    carrying = { assembly, chains: index };
  }
  const placed = await Promise.all(
    definition.positions.map((position) => placePosition(definition, position, sequences, carrying)),
  );
  return placed.flatMap((one) => one ?? []);
}
