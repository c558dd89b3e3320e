import { CannotAnswerError } from '../../genomics/errors.ts';

/** What a step says; undefined when it needs reference data that is not loaded. All other failures are failures. */
export async function unlessMissing<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof CannotAnswerError) return undefined;
    throw error;
  }
}
