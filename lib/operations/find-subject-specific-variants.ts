import { parametersText, rangeCoverage } from '../fhir/parameters.ts';
import { coverageOf } from './coverage.ts';
import { simpleObservations } from './named-variants.ts';
import { placeVariants } from './placed-variants.ts';
import { assembliesHolding, byAssembly } from './range-questions.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, presence, subject, testFilters, variant } from './shared-parameters.ts';
import { variantParts } from './shown-variants.ts';
import { soughtRows } from './sought-rows.ts';
import { dependencies, mayHold, subjectView } from './subject-view.ts';
import { readVariants } from './variant-questions.ts';

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
      doc: 'Variants as SPDI (`NC_000007.14:140753335:A:T`) or HGVS, on a chromosome of either assembly (`NC_000007.14:g.140753336A>T`) or on a transcript (`NM_004333.6:c.1799T>A`). Results of the other assembly are found too, by liftover.',
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
 * Certain variants of one subject, however they and the rows are written. An insertion or deletion that no row states
 * just so is refused where a repeat might hide it and the reference sequence is not loaded: its absence can't be known.
 */
export const findSubjectSpecificVariants: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const read = readVariants(input.variants);
    const [view, reference] = await Promise.all([subjectView(input.subject, input, ports), ports.reference()]);
    const needed = assembliesHolding(view, (one) => mayHold(one, 'simple'));
    const placed = await placeVariants(read, needed, reference);
    const parts = byAssembly(view, placed, ({ index, text }, place) => ({ ...place, index, text }));
    const observationsOf = simpleObservations(view, reference);

    async function* groups() {
      // Few rows can match, and whether a miss may be told is known only after all is read.
      const found = await soughtRows(parts, ports);
      const coverage = await coverageOf(view, placed, 'simple', ports);
      for (const [place, { index, text }] of placed.entries()) {
        const rows = found.get(index) ?? [];
        const part = [
          { name: 'variantItem', valueString: text },
          { name: 'presence', valueBoolean: rows.length > 0 },
          ...(await variantParts(observationsOf)(rows)),
        ];
        yield { name: 'variants', part: [part], extension: [rangeCoverage(coverage[place] ?? 'unknown')] };
      }
    }
    return { dependsOn: dependencies(view, reference), run: () => parametersText(groups()) };
  },
};
