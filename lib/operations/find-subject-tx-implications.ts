import { flatParametersText } from '../fhir/parameters.ts';
import { implicationAnswer } from './implication-parts.ts';
import { prepareQuestion } from './implication-questions.ts';
import type { Operation, OperationRow } from './row.ts';
import {
  conditions,
  derivedVariant,
  genomicSourceClass,
  genotype,
  haplotype,
  optionalHaplotypes,
  optionalRanges,
  optionalVariants,
  subject,
  testFilters,
  treatments,
} from './shared-parameters.ts';

const row = {
  code: 'find-subject-tx-implications',
  name: 'FindSubjectTxImplications',
  title: 'Find Subject Treatment Implications',
  family: 'subject-operations/phenotype-operations',
  doc: 'What the loaded knowledge says of the variants and genotypes of a subject for treatments. All parameters that are given must hold; without variants, ranges, haplotypes, treatments and conditions the answer is empty. Where a genotype that decides is not known, or statements could not be joined with variants, the parameter `outcome` of the answer holds an OperationOutcome that says so.',
  in: {
    subject,
    variants: optionalVariants,
    ranges: optionalRanges,
    haplotypes: optionalHaplotypes,
    treatments,
    conditions,
    ...testFilters,
    genomicSourceClass,
  },
  out: {
    implication: {
      type: 'Observation',
      profile: 'therapeutic-implication',
      min: 0,
      max: '*',
      doc: 'What one statement says of one variant or genotype, with its source, its release and the strength of its evidence. Several drugs are a combination.',
    },
    variant: derivedVariant,
    haplotype: { ...haplotype, doc: 'An allele of a genotype that an implication rests on, once.' },
    genotype: { ...genotype, doc: 'A genotype that an implication rests on, once.' },
  },
  example: { subject: 'demo-melanoma', variants: 'NC_000007.14:140753335:A:T' },
} as const satisfies OperationRow;

/** Therapeutic implications of one subject's variants and genotypes, joined at query time with the active knowledge. */
export const findSubjectTxImplications: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const question = await prepareQuestion('tx', input, ports);
    const { view, reference, asked, filter, knowledge, haplotypes, needed, dependsOn } = question;

    async function* parts() {
      if (asked === undefined) return;
      const statements = await knowledge.about('tx', filter);
      const answer = implicationAnswer(view, statements, ports, reference);
      // What follows from a haplotype does not follow from a variant alone.
      if (haplotypes.length === 0) yield* answer.ofVariants(asked);
      yield* answer.ofGenotypes(question);
      yield* answer.findings(haplotypes.length === 0 ? await statements.unjoined(needed) : []);
    }
    return { dependsOn, run: () => flatParametersText(parts()) };
  },
};
