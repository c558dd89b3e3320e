import { preparePopulationImplications } from './population-implications.ts';
import type { Operation, OperationRow } from './row.ts';
import {
  conditions,
  genomicSourceClass,
  includePatientList,
  optionalHaplotypes,
  optionalVariants,
  populationCounts,
  treatments,
} from './shared-parameters.ts';

const row = {
  code: 'find-population-tx-implications',
  name: 'FindPopulationTxImplications',
  title: 'Find Population Treatment Implications',
  family: 'population-operations/phenotype-operations',
  doc: 'How many subjects, and which, have variants or genotypes of which the loaded knowledge says something for treatments. A subject counts once, for at least one implication that satisfies all parameters that are given; without variants, haplotypes, treatments and conditions the answer is empty.',
  in: {
    variants: optionalVariants,
    haplotypes: optionalHaplotypes,
    treatments,
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
  example: { treatments: 'clopidogrel', includePatientList: 'true' },
} as const satisfies OperationRow;

/** Therapeutic implications of everyone, joined at query time with the active knowledge. */
export const findPopulationTxImplications: Operation<typeof row> = {
  row,
  prepare: (input, ports) => preparePopulationImplications('tx', input, ports),
};
