import { preparePopulationImplications } from './population-implications.ts';
import type { Operation, OperationRow } from './row.ts';
import {
  conditions,
  genomicSourceClass,
  includePatientList,
  optionalHaplotypes,
  optionalVariants,
  populationCounts,
} from './shared-parameters.ts';

const row = {
  code: 'find-population-dx-implications',
  name: 'FindPopulationDxImplications',
  title: 'Find Population Diagnostic Implications',
  family: 'population-operations/phenotype-operations',
  doc: 'How many subjects, and which, have variants of which the loaded knowledge says something for diagnoses. A subject counts once, for at least one implication that satisfies all parameters that are given; without variants, haplotypes and conditions the answer is empty.',
  in: {
    variants: optionalVariants,
    haplotypes: {
      ...optionalHaplotypes,
      doc: 'Refused: no knowledge about diagnoses that can be loaded is about haplotypes or genotypes.',
    },
    conditions,
    genomicSourceClass,
    includePatientList,
  },
  out: {
    implications: {
      min: 1,
      max: '1',
      doc: 'Who has at least one such implication. Absent only when nothing was asked.',
      part: populationCounts,
    },
  },
  example: { conditions: 'Hereditary breast ovarian cancer syndrome', includePatientList: 'true' },
} as const satisfies OperationRow;

/** Diagnostic implications of everyone's variants, joined at query time with the active knowledge. */
export const findPopulationDxImplications: Operation<typeof row> = {
  row,
  prepare: (input, ports) => preparePopulationImplications('dx', input, ports),
};
