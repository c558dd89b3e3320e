import type { Provenance } from '../genomics/variant.ts';
import type { SubjectView } from './ports.ts';

/**
 * Tells the specimen a row comes from, by its study and input. Undefined when the subject's samples of that input
 * name none, or more than one: rows don't say which sample they are of.
 */
export function specimensOf(view: SubjectView): (row: Provenance) => string | undefined {
  const specimens = new Map<string, ReadonlySet<string | undefined>>();
  for (const { study, samples } of view.studies) {
    for (const [input, ofInput] of Map.groupBy(samples, (sample) => sample.input)) {
      specimens.set(JSON.stringify([study.id, input]), new Set(ofInput.map(({ specimen }) => specimen)));
    }
  }
  return ({ study, input }) => {
    const named = specimens.get(JSON.stringify([study.id, input]));
    return named?.size === 1 ? [...named][0] : undefined;
  };
}
