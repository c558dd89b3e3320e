import { type PhasedPair, sequencePhaseRelationship } from '../fhir/sequence-phase-relationship.ts';
import { phaseWalk } from '../genomics/phase.ts';
import type { Study } from '../genomics/study.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import { simpleObservations } from './named-variants.ts';
import type { Reference, SubjectView } from './ports.ts';
import { prepareRanges, type RangeReader } from './range-answers.ts';
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
import { variantParts } from './shown-variants.ts';

const row = {
  code: 'find-subject-variants',
  name: 'FindSubjectVariants',
  title: 'Find Subject Variants',
  family: 'subject-operations/genotype-operations',
  doc: 'Whether a subject has simple variants in the given ranges, and which, and how they are phased.',
  in: {
    subject,
    ranges,
    ...testFilters,
    genomicSourceClass: { type: 'code', min: 0, max: '1', doc: genomicSourceClass.doc },
    includeVariants,
    includePhasing: {
      type: 'boolean',
      min: 0,
      max: '1',
      doc: 'Return the variants and how neighbouring ones of a phase set lie to each other. Default false.',
    },
  },
  out: {
    variants: {
      min: 1,
      max: '*',
      doc: 'One for each range, in the order asked.',
      part: {
        rangeItem,
        presence,
        variant,
        sequencePhaseRelationship: {
          type: 'Observation',
          profile: 'sequence-phase-relationship',
          min: 0,
          max: '*',
          doc: 'Cis or trans, for two consecutive heterozygous variants of one phase set within the range.',
        },
      },
    },
  },
  example: { subject: 'demo-cyp2c19', ranges: 'NC_000010.11:94762680-94855547', includeVariants: 'true' },
} as const satisfies OperationRow;

/** Simple variants of one subject that lie in ranges. */
export const findSubjectVariants: Operation<typeof row> = {
  row,
  prepare(input, ports) {
    const { includePhasing = false } = input;
    const reader: RangeReader<StoredVariant> = {
      relation: 'simple',
      read:
        includePhasing || input.includeVariants === true
          ? ({ view, questions }) => ports.variants.simple(view, questions)
          : undefined,
      show: (view, reference) =>
        includePhasing
          ? phasedVariants(view, reference)
          : { rows: variantParts(simpleObservations(view, reference)), rest: () => [] },
    };
    return prepareRanges(input, ports, reader);
  },
};

/** Variants, then the relations between them: a range may be a whole chromosome, so of each only two ids are kept. */
function phasedVariants(view: SubjectView, reference: Reference): ReturnType<RangeReader<StoredVariant>['show']> {
  const walk = phaseWalk();
  const pairs: (PhasedPair & { readonly study: Study })[] = [];
  const rows = variantParts(simpleObservations(view, reference), (one, id) => {
    const neighbours = walk(one, id);
    if (neighbours === undefined) return;
    pairs.push({ relation: neighbours.relation, first: neighbours.previous, second: id, study: one.study });
  });
  return {
    rows,
    *rest() {
      for (const { study, ...pair } of pairs) {
        const resource = sequencePhaseRelationship(pair, { study, subject: view.subject });
        yield [{ name: 'sequencePhaseRelationship', resource }];
      }
    },
  };
}
