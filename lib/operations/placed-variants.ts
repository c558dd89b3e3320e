import type { Allele } from '../genomics/allele.ts';
import { ASSEMBLIES, type Assembly, sequencesOf } from '../genomics/assembly.ts';
import { CannotAnswerError, InvalidInputError } from '../genomics/errors.ts';
import { resolveHgvs } from '../genomics/hgvs/resolve.ts';
import { liftAllele } from '../genomics/liftover.ts';
import { alleleOfSpdi } from '../genomics/normalise.ts';
import { justifiedWithin } from '../genomics/same-event.ts';
import { cannotCarry, chainsFor } from './carrying.ts';
import type { Reference } from './ports.ts';
import { type Placed, placeOf } from './range-questions.ts';
import { asStated, keepDoubt, type Naming, orUnknown, type SoughtPlace, settle, withReason } from './sought-places.ts';
import type { ReadVariant } from './variant-questions.ts';

/**
 * Places variants in each assembly of `needed`: normalised in their own, or projected from their transcript, and for the
 * rest lifted over and normalised there.
 *
 * @throws InvalidInputError naming the parameter when one contradicts the reference
 * @throws CannotAnswerError naming the parameter when a transcript, or what it needs, is not loaded
 * @throws LiftoverError naming the parameter when one has no place in an assembly where it is needed
 */
export function placeVariants(
  read: readonly ReadVariant[],
  needed: readonly Assembly[],
  reference: Reference,
): Promise<readonly Placed<SoughtPlace>[]> {
  return Promise.all(
    read.map(async (variant) => {
      const { index, text } = variant;
      const own = await ownPlaces(variant, needed, reference);
      const places = new Map(own);
      const [from] = own;
      if (from === undefined) throw new Error(`'${text}' has no place`);
      for (const assembly of needed) {
        if (!places.has(assembly)) places.set(assembly, await lift(from[1], from[0], assembly, variant, reference));
      }
      return { index, text, places };
    }),
  );
}

/** Where a variant lies without liftover. */
async function ownPlaces(
  variant: ReadVariant,
  needed: readonly Assembly[],
  reference: Reference,
): Promise<ReadonlyMap<Assembly, SoughtPlace>> {
  if (variant.notation === 'transcript') return projections(variant, needed, reference);
  const { stated, text } = variant;
  const { accession, start0, end0 } = stated;
  const resolved = await orUnknown(async () => {
    const allele =
      variant.notation === 'spdi'
        ? await alleleOfSpdi(variant.spdi, reference.sequences)
        : (await resolveHgvs(text, { sequences: reference.sequences }, variant.expression))[0]?.allele;
    if (allele === undefined) throw new Error(`'${text}' has no allele`);
    return settle(accession, allele, variant, reference.sequences);
  });
  const place =
    resolved instanceof CannotAnswerError
      ? { accession, start0, end0, sought: withReason(stated.sought, accession, reference.sequences, resolved) }
      : resolved;
  return new Map(stated.sequences.map(({ assembly, chromosome }) => [assembly, { ...place, chromosome }]));
}

/**
 * Where a transcript's change lies on the genome: in every needed assembly that this very version is aligned to, else
 * in one of them, from which it is lifted. What one assembly can't tell is left to liftover too.
 */
async function projections(
  variant: Extract<ReadVariant, { readonly notation: 'transcript' }>,
  needed: readonly Assembly[],
  { sequences, transcripts }: Reference,
): Promise<ReadonlyMap<Assembly, SoughtPlace>> {
  const { text, hgvs, expression } = variant;
  const models = await named(variant, () => transcripts.models(hgvs.transcript ?? hgvs.accession));
  const aligned = ASSEMBLIES.filter((assembly) =>
    models.some(
      (model) =>
        model.assembly === assembly && (hgvs.transcript === undefined || model.genomicAccession === hgvs.accession),
    ),
  );
  // Newest first: where only one will do, and where all fail, the reason that is told.
  const wanted = aligned.filter((assembly) => needed.includes(assembly)).reverse();
  const others = aligned.filter((assembly) => !needed.includes(assembly)).reverse();
  const places = new Map<Assembly, SoughtPlace>();
  let failure: CannotAnswerError | InvalidInputError | undefined;
  for (const assembly of [...wanted, ...others]) {
    if (!needed.includes(assembly) && places.size > 0) break;
    try {
      places.set(assembly, await project(variant, assembly, { sequences, transcripts }));
    } catch (error) {
      if (!(error instanceof CannotAnswerError) && !(error instanceof InvalidInputError)) throw error;
      failure ??= error;
    }
  }
  if (places.size > 0) return places;
  // Without any alignment this tells which versions there are.
  if (failure === undefined) await named(variant, () => resolveHgvs(text, { sequences, transcripts }, expression));
  throw failure ?? new Error(`'${text}' has no place`);
}

async function project(
  naming: Naming,
  assembly: Assembly,
  { sequences, transcripts }: Pick<Reference, 'sequences' | 'transcripts'>,
): Promise<SoughtPlace> {
  const { text, expression } = naming;
  const resolved = await named(naming, () =>
    resolveHgvs(text, { sequences, transcripts, assemblies: [assembly] }, expression),
  );
  const [first] = resolved.filter(({ accession }) => sequencesOf(accession).length > 0);
  if (first === undefined) throw new CannotAnswerError(`'${text}' is on no chromosome of ${assembly}`, expression);
  const { accession, allele } = first;
  const settled = await orUnknown(() => settle(accession, allele, naming, sequences));
  return { ...placeOf({ ...allele, accession }, assembly), ...asStated(settled, accession, allele, sequences) };
}

/** Makes sure that a refusal names the input; ports know nothing of it. */
async function named<T>({ text, expression }: Naming, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof CannotAnswerError) || error.expression !== undefined) throw error;
    throw new CannotAnswerError(`'${text}': ${error.message}`, expression, { cause: error });
  }
}

/** Carries a place to another assembly. */
async function lift(
  place: SoughtPlace,
  from: Assembly,
  to: Assembly,
  naming: Naming,
  reference: Reference,
): Promise<SoughtPlace> {
  const { accession, sought } = place;
  const { text, expression } = naming;
  if (sought.kind === 'unspelled') {
    throw new CannotAnswerError(`'${text}' ${sought.unknowable}`, expression);
  }
  const chains = await chainsFor(from, to, reference, text, expression);
  const allele = liftable(place);
  const lifted = await liftAllele(chains, accession, allele, reference.sequences);
  if (!lifted.lifted) throw cannotCarry(text, to, lifted.detail, expression);
  const there = lifted.allele;
  const { start0, end0, deleted, inserted } = there;
  const at = { ...placeOf({ ...there, accession: lifted.accession }, to), accession: lifted.accession };
  if (sought.kind === 'unchanged') return { ...at, sought };
  const known = reference.sequences.has(lifted.accession, there);
  // What replaces bases that the text left out is the same there, whichever bases these are.
  if (sought.kind === 'replacement' && !known) return { ...at, sought: { ...sought, inserted } };
  const bases = known ? await reference.sequences.sequence(lifted.accession, there) : deleted;
  const settled = await orUnknown(() =>
    settle(lifted.accession, { start0, end0, deleted: bases, inserted }, naming, reference.sequences),
  );
  const stated = { start0, end0, deleted: bases, inserted };
  const found = asStated(settled, lifted.accession, stated, reference.sequences);
  return { ...at, ...keepDoubt(found, sought) };
}

/** The allele that is lifted: with all that it slides along, and N for bases that are not known. */
function liftable({ start0, end0, sought }: SoughtPlace): Allele {
  if (sought.kind === 'alleles') {
    const [allele] = sought.alleles;
    if (allele === undefined) throw new Error('no allele is sought');
    return (sought.context && justifiedWithin(allele, sought.context)) ?? allele;
  }
  const unknown = 'N'.repeat(end0 - start0);
  return { start0, end0, deleted: unknown, inserted: sought.kind === 'replacement' ? sought.inserted : unknown };
}
