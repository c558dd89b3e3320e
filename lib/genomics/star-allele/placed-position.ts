import { type Allele, reverseComplement, trim } from '../allele.ts';
import { type Assembly, type Chromosome, sequencesOf } from '../assembly.ts';
import type { ChainIndex } from '../chain.ts';
import { interbase, shift } from '../coordinates.ts';
import { ifLoaded } from '../if-loaded.ts';
import type { GenomicInterval, Interval } from '../interval.ts';
import { liftInterval } from '../liftover.ts';
import { normalise, slides } from '../normalise.ts';
import type { Sequences } from '../ports.ts';
import type { DefiningPosition, GeneDefinition } from './definition.ts';

/** A defining position as it lies in one assembly. The interval is that of the definition's spelling, anchor included. */
export interface PlacedPosition extends Interval {
  readonly position: DefiningPosition;
  readonly chromosome: Chromosome;
  /** What the assembly has there, spelt as in the definition: another allele than the definition's reference, maybe. */
  readonly reference: string;
  /** Alleles of the definition by what they make of the interval, on the plus strand of this assembly. */
  readonly alleles: ReadonlyMap<string, string>;
  /** The change to each other allele. */
  readonly events: readonly PlacedEvent[];
  /** Whether all alleles are as long: what changes no length nearby leaves them apart. */
  readonly substitution: boolean;
  /** Where a row may bear on the position. */
  readonly reach: Interval;
}

export interface PlacedEvent {
  /** As the definition spells it. */
  readonly allele: string;
  readonly change: Allele;
  /** Everywhere the change may be stated, of one that slides; undefined without reference bases. */
  readonly context: Interval | undefined;
}

/** How positions get from the assembly of the definition to another one. */
export interface Carrying {
  readonly assembly: Assembly;
  readonly chains: ChainIndex;
}

/** Without reference bases an insertion or deletion may be stated this far away. */
const UNKNOWN_REACH = 100;

/**
 * Where a defining position lies in an assembly, and what each of its alleles is there. A position of another assembly
 * needs that assembly's bases: one that has an alternative for its reference is turned round, one that has something
 * else can't be read.
 *
 * @param carrying undefined for the assembly of the definition
 * @returns undefined where the position can't be carried over
 * @throws UnavailableError when reference bases can't be read
 */
export async function placePosition(
  { accession, assembly }: Pick<GeneDefinition, 'accession' | 'assembly'>,
  position: DefiningPosition,
  sequences: Sequences,
  carrying?: Carrying,
): Promise<PlacedPosition | undefined> {
  const { start0, reference } = position;
  const own = { accession, start0, end0: shift(start0, reference.length) };
  const place = carrying === undefined ? { ...own, inverted: false } : carried(own, carrying);
  if (place === undefined) return undefined;
  const spell = (allele: string) => (place.inverted ? reverseComplement(allele) : allele);
  const names = [reference, ...position.alternatives];
  const alleles = new Map(names.map((name) => [spell(name), name]));
  const bases = carrying === undefined ? reference : await basesAt(place, sequences);
  const found = bases === undefined ? undefined : alleles.get(bases);
  if (bases === undefined || found === undefined) return undefined;
  const events = await Promise.all(
    [...alleles]
      .filter(([, name]) => name !== found)
      .map(([text, allele]) => eventOf(place, bases, { text, allele }, sequences)),
  );
  const substitution = names.every((name) => name.length === reference.length);
  const chromosome = chromosomeOf(place.accession, carrying?.assembly ?? assembly);
  const { start0: from, end0: to } = place;
  const placed = { start0: from, end0: to, position, chromosome, reference: found, alleles, events, substitution };
  return { ...placed, reach: substitution ? { start0: from, end0: to } : reachOf(events) };
}

interface Place extends GenomicInterval {
  readonly inverted: boolean;
}

function carried(own: GenomicInterval, { chains }: Carrying): Place | undefined {
  const lifted = liftInterval(chains, own);
  return lifted.lifted && lifted.end0 - lifted.start0 === own.end0 - own.start0 ? lifted : undefined;
}

async function basesAt(place: Place, sequences: Sequences): Promise<string | undefined> {
  return sequences.has(place.accession, place) ? sequences.sequence(place.accession, place) : undefined;
}

async function eventOf(
  { accession, start0, end0 }: Place,
  bases: string,
  { text, allele }: { readonly text: string; readonly allele: string },
  sequences: Sequences,
): Promise<PlacedEvent> {
  const change = trim(start0, bases, text);
  if (!slides(change)) return { allele, change, context: undefined };
  const stated = { start0, end0, deleted: bases, inserted: text };
  const normalised = await ifLoaded(() => normalise(accession, stated, sequences));
  return { allele, change, context: normalised?.reference === 'agrees' ? normalised.allele : undefined };
}

function reachOf(events: readonly PlacedEvent[]): Interval {
  const spans = events.map(({ change, context }) => {
    if (context !== undefined) return context;
    const unknown = slides(change) ? UNKNOWN_REACH : 0;
    return { start0: shift(change.start0, -unknown), end0: shift(change.end0, unknown) };
  });
  const [first, ...others] = spans;
  if (first === undefined) throw new Error('a defining position has no alternative');
  return others.reduce(
    (reach, span) => ({
      start0: interbase(Math.min(reach.start0, span.start0)),
      end0: interbase(Math.max(reach.end0, span.end0)),
    }),
    first,
  );
}

function chromosomeOf(accession: string, assembly: Assembly): Chromosome {
  const sequence = sequencesOf(accession).find((one) => one.assembly === assembly);
  if (sequence === undefined) throw new Error(`${accession} is not of ${assembly}`);
  return sequence.chromosome;
}
