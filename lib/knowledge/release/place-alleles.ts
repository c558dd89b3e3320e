import { type Allele, trim } from '../../genomics/allele.ts';
import { ASSEMBLIES, type Assembly, type Chromosome, sequenceOf, sequencesOf } from '../../genomics/assembly.ts';
import type { ChainIndex } from '../../genomics/chain.ts';
import { shift } from '../../genomics/coordinates.ts';
import { InvalidInputError } from '../../genomics/errors.ts';
import { ifLoaded } from '../../genomics/if-loaded.ts';
import type { Interval } from '../../genomics/interval.ts';
import { liftAllele, liftUnchecked } from '../../genomics/liftover.ts';
import { normalise, referenceMismatch, slides } from '../../genomics/normalise.ts';
import type { Chains, Sequences } from '../../genomics/ports.ts';
import { justifiedWithin } from '../../genomics/same-event.ts';
import { parseSpdi } from '../../genomics/spdi.ts';
import { type BufferedSequences, bufferedSequences } from './buffered-sequences.ts';

/** An allele in one assembly, trimmed; `context` is its justified interval, where it slides and the reference is known. */
export interface PlacedAllele extends Allele {
  readonly assembly: Assembly;
  readonly chromosome: Chromosome;
  readonly context?: Interval;
}

/** Where the variants of one statement lie. */
export interface PlacedVariants {
  readonly alleles: readonly PlacedAllele[];
  /** Why a variant, or its place in the other assembly, is left out. */
  readonly refused: readonly { readonly reason: string; readonly item: string }[];
  /** Assemblies in which the statement has no place because no chains lead there. */
  readonly uncarried: readonly Assembly[];
}

/** What is needed to place alleles. */
export interface PlacingReference {
  readonly sequences: Sequences;
  readonly chains: Chains;
}

/** Places the variants of one statement, given as SPDI: at once where nothing must be read for it. */
export type AllelePlacer = (spdis: readonly string[]) => PlacedVariants | Promise<PlacedVariants>;

/**
 * Places the variants of statements in both assemblies: normalised in their own and, unless the statement names a
 * variant of the other assembly itself, carried over and normalised there.
 *
 * @returns a function that throws UnavailableError when reference can't be read
 */
export function allelePlacer(reference: PlacingReference): AllelePlacer {
  const sequences = bufferedSequences(reference.sequences);
  // There are two assemblies: where chains lead says where they come from.
  const chains = new Map<Assembly, ChainIndex | undefined>();

  const chainsTo = async (from: Assembly, to: Assembly): Promise<ChainIndex | undefined> => {
    if (!chains.has(to)) chains.set(to, await ifLoaded(() => reference.chains.between(from, to)));
    return chains.get(to);
  };
  const placeReading = readingPlacer(sequences, chainsTo);

  return (spdis) => {
    const [only] = spdis;
    const atOnce = only === undefined || spdis.length > 1 ? undefined : placeAtOnce(only, sequences, chains);
    return atOnce ?? placeReading(spdis);
  };
}

/**
 * The places of a variant that does not slide, where the chains and the bases it replaces are at hand: most of ClinVar,
 * a million times. Undefined where anything must be read, and where anything is to be said of it.
 */
function placeAtOnce(
  spdi: string,
  sequences: BufferedSequences,
  chains: ReadonlyMap<Assembly, ChainIndex | undefined>,
): PlacedVariants | undefined {
  const { accession, start0, deletedLength, deleted = '', inserted } = parseSpdi(spdi);
  const [place, also] = sequencesOf(accession);
  const stated = { start0, end0: shift(start0, deletedLength), deleted, inserted };
  if (place === undefined || also !== undefined || !replacesHeld(accession, stated, sequences)) return undefined;
  const own = trim(start0, deleted, inserted);
  const index = chains.get(place.assembly === 'GRCh37' ? 'GRCh38' : 'GRCh37');
  if (index === undefined || own.deleted === '' || own.inserted === '') return undefined;
  const lifted = liftUnchecked(index, accession, own);
  if (!lifted.lifted || !replacesHeld(lifted.accession, lifted.allele, sequences)) return undefined;
  const there = sequencesOf(lifted.accession).find((one) => one.assembly === index.to);
  if (there === undefined) return undefined;
  return {
    alleles: [
      { assembly: place.assembly, chromosome: place.chromosome, ...own },
      { assembly: index.to, chromosome: there.chromosome, ...lifted.allele },
    ],
    refused: NONE,
    uncarried: NONE,
  };
}

const NONE: readonly never[] = [];

/** Whether the reference is not loaded there, or is at hand and has the bases that the allele replaces. */
function replacesHeld(accession: string, allele: Allele, sequences: BufferedSequences): boolean {
  if (!sequences.has(accession, allele)) return true;
  const found = sequences.held(accession, allele);
  return found !== undefined && referenceMismatch(allele.start0, allele.deleted, found) === undefined;
}

/** Reads what it needs to place variants, and says why one has no place. */
function readingPlacer(
  sequences: Sequences,
  chainsTo: (from: Assembly, to: Assembly) => Promise<ChainIndex | undefined>,
): (spdis: readonly string[]) => Promise<PlacedVariants> {
  return async (spdis) => {
    const alleles: PlacedAllele[] = [];
    const refused: { reason: string; item: string }[] = [];
    const uncarried = new Set<Assembly>();
    for (const item of spdis) {
      const { accession, start0, deletedLength, deleted = '', inserted } = parseSpdi(item);
      const places = sequencesOf(accession);
      if (places.length === 0) {
        refused.push({ reason: 'sequence outside the primary assembly', item });
        continue;
      }
      const stated = { start0, end0: shift(start0, deletedLength), deleted, inserted };
      const settled = await settle(accession, stated, sequences);
      if (typeof settled === 'string') {
        refused.push({ reason: settled, item });
        continue;
      }
      for (const { assembly, chromosome } of places) alleles.push({ assembly, chromosome, ...settled });
    }
    const own = [...alleles];
    const held = new Set(own.map(({ assembly }) => assembly));
    for (const to of ASSEMBLIES) {
      if (held.has(to) || own.length === 0) continue;
      for (const allele of own) {
        const index = await chainsTo(allele.assembly, to);
        if (index === undefined) {
          uncarried.add(to);
          continue;
        }
        const carried = await carry(index, allele, sequences);
        if ('reason' in carried) refused.push(carried);
        else alleles.push(carried);
      }
    }
    return { alleles, refused, uncarried: [...uncarried] };
  };
}

type Settled = Allele & { readonly context?: Interval };

/** A trimmed allele with its context as far as the reference is known, or why it can't be one. */
async function settle(accession: string, stated: Allele, sequences: Sequences): Promise<Settled | string> {
  // Asked before, as a refusal for each of a million alleles takes longer than all the rest.
  if (!sequences.has(accession, stated)) return changed(trim(stated.start0, stated.deleted, stated.inserted));
  try {
    const normalised = await ifLoaded(() => normalise(accession, stated, sequences));
    if (normalised === undefined) return changed(trim(stated.start0, stated.deleted, stated.inserted));
    if (normalised.reference === 'differs') return 'the reference has other bases there';
    const { start0, end0, deleted, inserted } = normalised.allele;
    const trimmed = trim(start0, deleted, inserted);
    return slides(trimmed) ? { ...trimmed, context: { start0, end0 } } : changed(trimmed);
  } catch (error) {
    if (error instanceof InvalidInputError) return 'position outside the sequence';
    throw error;
  }
}

const changed = (allele: Allele): Settled | string =>
  allele.deleted === allele.inserted ? 'no sequence change stated' : allele;

async function carry(
  index: ChainIndex,
  { assembly, chromosome, context, ...allele }: PlacedAllele,
  sequences: Sequences,
): Promise<PlacedAllele | { readonly reason: string; readonly item: string }> {
  const accession = sequenceOf(assembly, chromosome)?.accession ?? '';
  const whole = (context && justifiedWithin(allele, context)) ?? allele;
  const lifted = await liftAllele(index, accession, whole, sequences);
  const item = `${accession}:${allele.start0}:${allele.deleted}:${allele.inserted}`;
  if (!lifted.lifted) return { reason: `no place in ${index.to}: ${lifted.reason}`, item };
  const there = sequencesOf(lifted.accession).find((one) => one.assembly === index.to);
  if (there === undefined) return { reason: `no place in ${index.to}: outside the primary assembly`, item };
  const settled = await settle(lifted.accession, lifted.allele, sequences);
  if (typeof settled === 'string') return { reason: `no place in ${index.to}: ${settled}`, item };
  return { assembly: index.to, chromosome: there.chromosome, ...settled };
}
