import { structuralVariant } from '../fhir/variant.ts';
import type { StoredStructuralVariant } from '../genomics/variant.ts';
import type { Ports, StructuralRelation } from './ports.ts';
import { prepareRanges, type RangeInput } from './range-answers.ts';
import type { Prepared } from './row.ts';
import { variantParts } from './shown-variants.ts';
import { specimensOf } from './specimens.ts';

/** Prepares the answer of a structural operation; the two differ in how a variant must lie to the range. */
export function prepareStructural(
  input: RangeInput & { readonly includeVariants?: boolean | undefined },
  ports: Ports,
  relation: StructuralRelation,
): Promise<Prepared> {
  return prepareRanges<StoredStructuralVariant>(input, ports, {
    relation,
    read: input.includeVariants
      ? ({ view, questions }) => ports.variants.structural(view, questions, relation)
      : undefined,
    show: (view) => {
      const specimen = specimensOf(view);
      return {
        rows: variantParts(async (rows) => rows.map((one) => structuralVariant(one, specimen(one)))),
        rest: () => [],
      };
    },
  });
}
