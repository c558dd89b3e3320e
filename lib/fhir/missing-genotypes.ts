import type { ParametersParameter } from '@medplum/fhirtypes';
import type { MissingGenotype } from '../genomics/genotype-finding.ts';
import { starAlleleCall } from './star-allele-call.ts';

const REASONS = {
  undetermined: 'positions that decide were not called',
  unmatched: 'no two named alleles explain what was called',
  'not-tested': 'no test looked at its positions',
  'not-defined': 'no definition of its alleles is loaded',
  'not-called': 'it is not called here, and no genotype was imported',
} as const satisfies Record<MissingGenotype['outcome'], string>;

/**
 * A parameter beside the implications of an answer: genes of which it says nothing because they have no genotype. The
 * Implementation Guide has none for it, and an answer without it would look as if nothing were to be said.
 */
export function missingGenotypes(missing: readonly MissingGenotype[]): ParametersParameter {
  return {
    name: 'outcome',
    extension: missing.map(starAlleleCall),
    resource: {
      resourceType: 'OperationOutcome',
      issue: missing.map(({ gene, testId, outcome }) => ({
        severity: 'warning',
        code: 'incomplete',
        diagnostics: `${gene}: no genotype${testId === undefined ? '' : ` from test ${testId}`}, as ${REASONS[outcome]}. What depends on it is not in this answer.`,
      })),
    },
  };
}
