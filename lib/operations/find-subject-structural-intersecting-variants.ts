import type { Operation, OperationRow } from './row.ts';
import {
  genomicSourceClass,
  includeVariants,
  presence,
  rangeItem,
  ranges,
  subject,
  testFilters,
  variant,
} from './shared-parameters.ts';
import { prepareStructural } from './structural-ranges.ts';

const row = {
  code: 'find-subject-structural-intersecting-variants',
  name: 'FindSubjectStructuralIntersectingVariants',
  title: 'Find Subject Structural Intersecting Variants',
  family: 'subject-operations/genotype-operations',
  doc: 'Whether a subject has structural variants that share at least one base with the given ranges, and which. Uncertain ends count as far as they may reach.',
  in: { subject, ranges, ...testFilters, genomicSourceClass, includeVariants },
  out: {
    variants: {
      min: 1,
      max: '*',
      doc: 'One for each range, in the order asked.',
      part: { rangeItem, presence, variant },
    },
  },
  example: { subject: 'demo-cml', ranges: 'NC_000022.11:23180508-23318037', includeVariants: 'true' },
} as const satisfies OperationRow;

/** Structural variants of one subject that share a base with ranges. */
export const findSubjectStructuralIntersectingVariants: Operation<typeof row> = {
  row,
  prepare: (input, ports) => prepareStructural(input, ports, 'intersecting'),
};
