import { preparePopulationStructural } from './population-structural.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, includePatientList, populationCounts, rangeItem, ranges } from './shared-parameters.ts';

const row = {
  code: 'find-population-structural-subsuming-variants',
  name: 'FindPopulationStructuralSubsumingVariants',
  title: 'Find Population Structural Subsuming Variants',
  family: 'population-operations/genotype-operations',
  doc: 'How many subjects, and which, have structural variants that cover the given ranges whole. Of uncertain ends only what is certain counts.',
  in: { ranges, genomicSourceClass, includePatientList },
  out: {
    variants: {
      min: 1,
      max: '*',
      doc: 'One for each range, in the order asked.',
      part: { rangeItem, ...populationCounts },
    },
  },
  example: { ranges: 'NC_000022.10:34160000-34170000', includePatientList: 'true' },
} as const satisfies OperationRow;

/** Structural variants of everyone that cover ranges whole. */
export const findPopulationStructuralSubsumingVariants: Operation<typeof row> = {
  row,
  prepare: (input, ports) => preparePopulationStructural(input, ports, 'subsuming'),
};
