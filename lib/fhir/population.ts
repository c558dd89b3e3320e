import type { Extension, ParametersParameter, Quantity } from '@medplum/fhirtypes';
import { CALLABLE_SUBJECTS } from './canonical.ts';
import type { StreamedGroup } from './parameters.ts';

/** A group of a population's answer, as it may be told. */
export interface CountedGroup {
  /** `variants`, `haplotypes`, `implications` or `consequences`. */
  readonly name: string;
  /** `variantItem` or `rangeItem`, as asked; absent where the guide has none. */
  readonly item?: { readonly name: string; readonly text: string };
  readonly numerator: Quantity;
  readonly denominator: Quantity;
  /** Absent where nobody can tell. */
  readonly callable?: Quantity;
  /** Ids, ascending. */
  readonly subjects: Iterable<string>;
}

/** Parts of one batch of a long list of subjects. */
const BATCH = 1_000;

/** A group in the order of the guide: item, numerator, denominator, subjects. */
export function countedGroup(group: CountedGroup): StreamedGroup {
  const { name, item, numerator, denominator, callable, subjects } = group;
  return {
    name,
    part: (function* () {
      yield [
        ...(item === undefined ? [] : [{ name: item.name, valueString: item.text }]),
        { name: 'numerator', valueQuantity: numerator },
        { name: 'denominator', valueQuantity: denominator },
      ];
      let batch: ParametersParameter[] = [];
      for (const subject of subjects) {
        batch.push({ name: 'subject', valueString: subject });
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
      yield batch;
    })(),
    extension: callable === undefined ? [] : [extensionOf(callable)],
  };
}

const extensionOf = (callable: Quantity): Extension => ({ url: CALLABLE_SUBJECTS, valueQuantity: callable });
