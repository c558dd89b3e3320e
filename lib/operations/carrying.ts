import type { Assembly } from '../genomics/assembly.ts';
import type { ChainIndex } from '../genomics/chain.ts';
import { CannotAnswerError, LiftoverError } from '../genomics/errors.ts';
import type { Reference } from './ports.ts';

/** The refusal of a question that has no place in an assembly where the subject has results. */
export function cannotCarry(
  text: string,
  to: Assembly,
  why: string,
  expression: string,
  cause?: unknown,
): LiftoverError {
  return new LiftoverError(
    `'${text}' could not be carried to ${to}, in which the subject has results: ${why}`,
    expression,
    { cause },
  );
}

/**
 * The chains that carry a question to another assembly.
 *
 * @throws LiftoverError naming `expression` and the file to add when none are loaded
 * @throws UnavailableError when they can't be read
 */
export async function chainsFor(
  from: Assembly,
  to: Assembly,
  { chains }: Reference,
  text: string,
  expression: string,
): Promise<ChainIndex> {
  try {
    return await chains.between(from, to);
  } catch (error) {
    if (!(error instanceof CannotAnswerError)) throw error;
    throw cannotCarry(text, to, error.message, expression, error);
  }
}
