import { flatParametersText } from '../fhir/parameters.ts';
import { implicationAnswer } from './implication-parts.ts';
import { prepareQuestion } from './implication-questions.ts';
import type { Operation, OperationRow } from './row.ts';
import {
  conditions,
  derivedVariant,
  genomicSourceClass,
  optionalRanges,
  optionalVariants,
  subject,
  testFilters,
} from './shared-parameters.ts';

const row = {
  code: 'find-subject-dx-implications',
  name: 'FindSubjectDxImplications',
  title: 'Find Subject Diagnostic Implications',
  family: 'subject-operations/phenotype-operations',
  doc: 'What the loaded knowledge says of the variants of a subject for diagnoses. All parameters that are given must hold; without variants, ranges and conditions the answer is empty.',
  in: {
    subject,
    variants: optionalVariants,
    ranges: optionalRanges,
    conditions,
    ...testFilters,
    genomicSourceClass,
  },
  out: {
    implication: {
      type: 'Observation',
      profile: 'diagnostic-implication',
      min: 0,
      max: '*',
      doc: 'What one statement says of one variant, with its source, its release and the strength of its evidence.',
    },
    variant: derivedVariant,
  },
  example: { subject: 'demo-hereditary-cancer', ranges: 'NC_000017.11:43044294-43125364' },
} as const satisfies OperationRow;

/** Diagnostic implications of one subject's variants, joined at query time with the active knowledge. */
export const findSubjectDxImplications: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const question = await prepareQuestion('dx', input, ports);
    const { view, reference, asked, filter, knowledge, dependsOn } = question;

    async function* parts() {
      if (asked === undefined) return;
      const answer = implicationAnswer(view, await knowledge.about('dx', filter), ports, reference);
      yield* answer.ofVariants(asked);
      yield* answer.findings();
    }
    return { dependsOn, run: () => flatParametersText(parts()) };
  },
};
