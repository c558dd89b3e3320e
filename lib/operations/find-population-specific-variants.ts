import { placeVariants } from './placed-variants.ts';
import { askPopulation, type PopulationGroup, populationDependencies, populationText } from './population-answers.ts';
import { carriersOf, refuseUnknowable } from './population-carriers.ts';
import type { Placed } from './range-questions.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, includePatientList, populationCounts } from './shared-parameters.ts';
import { combined, type SubjectSet } from './subject-set.ts';
import { readVariants } from './variant-questions.ts';

const row = {
  code: 'find-population-specific-variants',
  name: 'FindPopulationSpecificVariants',
  title: 'Find Population Specific Variants',
  family: 'population-operations/genotype-operations',
  doc: 'How many subjects, and which, have the given simple variants.',
  in: {
    variants: {
      type: 'string',
      searchType: 'string',
      min: 1,
      max: '*',
      repetition: 'and',
      doc: 'Variants as SPDI or HGVS, on a chromosome of either assembly or on a transcript. A list separated by commas asks for each of them; repeating the parameter asks for the subjects that have one of each list.',
    },
    genomicSourceClass,
    includePatientList,
  },
  out: {
    variants: {
      min: 1,
      max: '*',
      doc: 'One for each variant, in the order asked; a single one where the parameter is repeated.',
      part: {
        variantItem: {
          type: 'string',
          min: 1,
          max: '1',
          doc: 'The variant as it was asked; where the parameter is repeated, the lists joined by ` AND `, their members by `|`.',
        },
        ...populationCounts,
      },
    },
  },
  example: { variants: 'NC_000007.13:140453135:A:T', includePatientList: 'true' },
} as const satisfies OperationRow;

/** Certain variants of everyone, however they and the rows are written. */
export const findPopulationSpecificVariants: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const read = readVariants(input.variants.flat());
    const asked = await askPopulation(input, 'simple', ports);
    const placed = await placeVariants(read, asked.needed, asked.reference);
    refuseUnknowable(placed, asked);
    const people = asked.population.subjects.length;
    const lists = listsOf(input.variants, placed);
    // One list asks for each of its members; several ask for those who have one of each.
    const groups = lists.length > 1 ? [all(lists)] : placed.map((one) => groupOf([one]));
    const members = async (): Promise<readonly SubjectSet[]> => {
      const carriers = await carriersOf(placed, asked);
      if (lists.length === 1) return carriers;
      const anyOf = lists.map((list) =>
        combined(
          people,
          list.map(({ index }) => carriers[index] as SubjectSet),
          'any',
        ),
      );
      return [combined(people, anyOf, 'all')];
    };
    return {
      dependsOn: populationDependencies(asked, ports),
      run: () => populationText(asked, 'variantItem', 'simple', input, ports, groups, members),
    };
  },
};

/** The lists of the request with where their variants lie. */
function listsOf(lists: readonly (readonly string[])[], placed: readonly Placed[]): readonly (readonly Placed[])[] {
  let next = 0;
  return lists.map(({ length }) => {
    const from = next;
    next += length;
    return placed.slice(from, next);
  });
}

const groupOf = (placed: readonly Placed[], text = placed.map((one) => one.text).join('|')): PopulationGroup => ({
  text,
  placed,
});

function all(lists: readonly (readonly Placed[])[]): PopulationGroup {
  return groupOf(lists.flat(), lists.map((list) => groupOf(list).text).join(' AND '));
}
