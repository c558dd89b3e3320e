import { ASSEMBLIES } from '../genomics/assembly.ts';
import {
  askPopulation,
  type GroupMembers,
  type PopulationFilter,
  populationDependencies,
  populationText,
} from './population-answers.ts';
import type { Ports, StructuralRelation } from './ports.ts';
import { locateRanges, placeRanges } from './range-questions.ts';
import type { Prepared } from './row.ts';
import { subjectSet } from './subject-set.ts';

/** Prepares the answer of a structural operation on everyone; the two differ in how a variant must lie to the range. */
export async function preparePopulationStructural(
  input: PopulationFilter & { readonly ranges: readonly string[] },
  ports: Ports,
  relation: StructuralRelation,
): Promise<Prepared> {
  const located = locateRanges(input.ranges);
  const asked = await askPopulation(input, 'structural', ports);
  const { population, reference, sourceClass, needed } = asked;
  const placed = await placeRanges(located, needed, reference);
  const members = async (): Promise<readonly GroupMembers[]> => {
    const carriers = placed.map(() => subjectSet(population.subjects.length));
    await Promise.all(
      ASSEMBLIES.map(async (assembly) => {
        const questions = placed.flatMap(({ places }, index) => {
          const place = places.get(assembly);
          return place === undefined ? [] : [{ ...place, index }];
        });
        for await (const batch of population.structural({ assembly, questions, sourceClass }, relation)) {
          for (const { index, subjects } of batch) carriers[index]?.add(subjects);
        }
      }),
    );
    return carriers.map((subjects) => ({ subjects }));
  };
  const groups = placed.map((one) => ({ text: one.text, placed: [one] }));
  const names = { name: 'variants', item: 'rangeItem' } as const;
  return {
    dependsOn: populationDependencies(asked, ports),
    run: () => populationText(asked, names, 'structural', input, ports, groups, members),
  };
}
