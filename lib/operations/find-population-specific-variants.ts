import { placeVariants } from './placed-variants.ts';
import { askPopulation, type GroupMembers, populationDependencies, populationText } from './population-answers.ts';
import { carriersOf, refuseUnknowable } from './population-carriers.ts';
import { askedLists } from './population-lists.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, includePatientList, populationCounts } from './shared-parameters.ts';
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
    const lists = askedLists(
      input.variants,
      placed.map((one) => ({ text: one.text, placed: one })),
    );
    const members = async (): Promise<readonly GroupMembers[]> => {
      const carriers = await carriersOf(placed, asked);
      return lists.membersOf(
        asked.population.subjects.length,
        carriers.map((subjects) => ({ subjects })),
      );
    };
    const names = { name: 'variants', item: 'variantItem' } as const;
    return {
      dependsOn: populationDependencies(asked, ports),
      run: () => populationText(asked, names, 'simple', input, ports, lists.groups, members),
    };
  },
};
