import { CannotAnswerError } from './errors.ts';

/**
 * What a step says; undefined when it needs reference data that is not loaded. For names and places that an answer may
 * leave out, never for whether a subject has a variant. All other failures are failures.
 */
export async function ifLoaded<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof CannotAnswerError) return undefined;
    throw error;
  }
}
