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
  code: 'find-subject-structural-subsuming-variants',
  name: 'FindSubjectStructuralSubsumingVariants',
  title: 'Find Subject Structural Subsuming Variants',
  family: 'subject-operations/genotype-operations',
  doc: 'Whether a subject has structural variants that cover the given ranges whole, and which. Of uncertain ends only what is certain counts.',
  in: { subject, ranges, ...testFilters, genomicSourceClass, includeVariants },
  out: {
    variants: {
      min: 1,
      max: '*',
      doc: 'One for each range, in the order asked.',
      part: { rangeItem, presence, variant },
    },
  },
  example: { subject: 'demo-structural', ranges: 'NC_000022.10:34160000-34170000', includeVariants: 'true' },
} as const satisfies OperationRow;

/** Structural variants of one subject that cover ranges whole. */
export const findSubjectStructuralSubsumingVariants: Operation<typeof row> = {
  row,
  prepare: (input, ports) => prepareStructural(input, ports, 'subsuming'),
};
