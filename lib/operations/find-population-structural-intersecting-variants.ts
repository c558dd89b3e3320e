import { preparePopulationStructural } from './population-structural.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, includePatientList, populationCounts, rangeItem, ranges } from './shared-parameters.ts';

const row = {
  code: 'find-population-structural-intersecting-variants',
  name: 'FindPopulationStructuralIntersectingVariants',
  title: 'Find Population Structural Intersecting Variants',
  family: 'population-operations/genotype-operations',
  doc: 'How many subjects, and which, have structural variants that share at least one base with the given ranges. Uncertain ends count as far as they may reach.',
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

/** Structural variants of everyone that touch ranges. */
export const findPopulationStructuralIntersectingVariants: Operation<typeof row> = {
  row,
  prepare: (input, ports) => preparePopulationStructural(input, ports, 'intersecting'),
};
