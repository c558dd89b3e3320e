import { parametersText, rangeCoverage } from '../fhir/parameters.ts';
import { simpleVariant } from '../fhir/variant.ts';
import { coverageOf } from './coverage.ts';
import { byAssembly, checkComparable } from './range-questions.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, presence, subject, testFilters, variant } from './shared-parameters.ts';
import { variantParts } from './shown-variants.ts';
import { soughtRows } from './sought-rows.ts';
import { specimensOf } from './specimens.ts';
import { dependencies, mayHold, subjectView } from './subject-view.ts';
import { locateVariants } from './variant-questions.ts';

const row = {
  code: 'find-subject-specific-variants',
  name: 'FindSubjectSpecificVariants',
  title: 'Find Subject Specific Variants',
  family: 'subject-operations/genotype-operations',
  doc: 'Whether a subject has the given simple variants.',
  in: {
    subject,
    variants: {
      type: 'string',
      searchType: 'string',
      min: 1,
      max: '*',
      doc: 'Variants as SPDI (`NC_000007.14:140753335:A:T`) or HGVS on a chromosome (`NC_000007.14:g.140753336A>T`).',
    },
    ...testFilters,
    genomicSourceClass,
  },
  out: {
    variants: {
      min: 1,
      max: '*',
      doc: 'One for each variant, in the order asked.',
      part: {
        variantItem: { type: 'string', min: 1, max: '1', doc: 'The variant as it was asked.' },
        presence,
        variant,
      },
    },
  },
  example: { subject: 'demo-melanoma', variants: 'NC_000007.13:140453135:A:T' },
} as const satisfies OperationRow;

/**
 * Certain variants of one subject. An insertion or deletion that no row states just so is refused where a repeat
 * might hide it: without the reference sequence its absence can't be known.
 */
export const findSubjectSpecificVariants: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const located = locateVariants(input.variants);
    const view = await subjectView(input.subject, input, ports);
    checkComparable(view, located, (one) => mayHold(one, 'simple'), 'variants');
    const parts = byAssembly(view, located, (one, { chromosome }) => ({ ...one, chromosome }));
    const specimen = specimensOf(view);

    async function* groups() {
      // Few rows can match, and whether a miss may be told is known only after all is read.
      const found = await soughtRows(parts, ports);
      const coverage = await coverageOf(view, located, 'simple', ports);
      for (const [place, { index, text }] of located.entries()) {
        const rows = found.get(index) ?? [];
        const show = variantParts((one: (typeof rows)[number]) => simpleVariant(one, specimen(one)));
        const part = [
          { name: 'variantItem', valueString: text },
          { name: 'presence', valueBoolean: rows.length > 0 },
          ...show(rows),
        ];
        yield { name: 'variants', part: [part], extension: [rangeCoverage(coverage[place] ?? 'unknown')] };
      }
    }
    return { dependsOn: dependencies(view), run: () => parametersText(groups()) };
  },
};
