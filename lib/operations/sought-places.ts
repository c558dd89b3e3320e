import { type Allele, trim } from '../genomics/allele.ts';
import { CannotAnswerError, InvalidInputError } from '../genomics/errors.ts';
import { mismatchError, normalise, slides } from '../genomics/normalise.ts';
import { placements } from '../genomics/placements.ts';
import type { Sequences } from '../genomics/ports.ts';
import type { Place } from './range-questions.ts';
import { MAY_BE_ELSEWHERE, type ReadVariant, type Sought } from './variant-questions.ts';

/** Where a variant lies in one assembly, and what a row there must be. Its interval is all that must be seen to miss it. */
export interface SoughtPlace extends Place {
  readonly accession: string;
  readonly sought: Sought;
}

/** How refusals name the variant. */
export type Naming = Pick<ReadVariant, 'text' | 'expression'>;

/** A place by its accession only. */
export type Settled = Omit<SoughtPlace, 'chromosome'>;

/**
 * What a row must be to be an allele of a sequence.
 *
 * @throws InvalidInputError when the reference has other bases there
 * @throws CannotAnswerError when the allele may slide along a reference that is not loaded
 */
export async function settle(
  accession: string,
  allele: Allele,
  { text, expression }: Naming,
  sequences: Sequences,
): Promise<Settled> {
  const normalised = await normalise(accession, allele, sequences);
  if (normalised.reference === 'differs') {
    const { message } = mismatchError(accession, normalised.mismatch);
    throw new InvalidInputError(`'${text}': ${message}`, expression);
  }
  const { start0, end0, deleted, inserted } = normalised.allele;
  if (deleted === inserted) return { accession, start0, end0, sought: { kind: 'unchanged' } };
  const alleles = [trim(start0, deleted, inserted)] as const;
  const context = slides(alleles[0]) ? { context: { start0, end0 } } : {};
  return { accession, start0, end0, sought: { kind: 'alleles', alleles, ...context } };
}

/** What a step says, or why reference data that it needs is not there. All other failures are failures. */
export async function orUnknown<T>(step: () => Promise<T>): Promise<T | CannotAnswerError> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof CannotAnswerError) return error;
    throw error;
  }
}

/** Completes the reason why a miss would say nothing by what is not loaded. */
export function withReason(sought: Sought, accession: string, sequences: Sequences, cause: CannotAnswerError): Sought {
  if (sought.kind === 'unchanged' || sought.unknowable === undefined) return sought;
  return { ...sought, unknowable: doubt(sought.unknowable, accession, sequences, cause) };
}

function doubt(unknowable: string, accession: string, sequences: Sequences, cause: CannotAnswerError): string {
  return sequences.has(accession)
    ? `${unknowable} (${cause.message})`
    : `${unknowable}, and the reference sequence ${accession} is not loaded; add it with 'genomics reference add --fasta FILE'`;
}

/** An allele as settled, or as stated with the reason why a miss would say nothing. */
export function asStated(
  settled: Settled | CannotAnswerError,
  accession: string,
  allele: Allele,
  sequences: Sequences,
): Settled {
  if (!(settled instanceof CannotAnswerError)) return settled;
  const { start0, end0 } = trim(allele.start0, allele.deleted, allele.inserted);
  const alleles = placements(allele.start0, allele.deleted, allele.inserted);
  const unknowable = doubt(MAY_BE_ELSEWHERE, accession, sequences, settled);
  return { accession, start0, end0, sought: { kind: 'alleles', alleles, unknowable } };
}

/** A miss that would say nothing where the variant was stated says nothing after liftover either. */
export function keepDoubt(settled: Settled, { unknowable }: { readonly unknowable?: string }): Settled {
  const { sought } = settled;
  if (unknowable === undefined || sought.kind === 'unchanged' || sought.unknowable !== undefined) return settled;
  return { ...settled, sought: { ...sought, unknowable } };
}
