import { ASSEMBLIES } from '../genomics/assembly.ts';
import {
  askPopulation,
  type PopulationFilter,
  type PopulationGroup,
  populationDependencies,
  populationText,
} from './population-answers.ts';
import type { Ports, StructuralRelation } from './ports.ts';
import { locateRanges, placeRanges } from './range-questions.ts';
import type { Prepared } from './row.ts';

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
  const groups = async (): Promise<readonly PopulationGroup[]> => {
    const found = await Promise.all(
      ASSEMBLIES.map((assembly) => {
        const questions = placed.flatMap(({ index, places }) => {
          const place = places.get(assembly);
          return place === undefined ? [] : [{ ...place, index }];
        });
        return population.structural({ assembly, questions, sourceClass }, relation);
      }),
    );
    return placed.map((one) => {
      const sets = found.flatMap((carriers) => carriers.get(one.index) ?? []);
      const subjects = sets.reduce((any, set) => new Set(any).union(set), new Set<number>());
      return { text: one.text, subjects, placed: [one] };
    });
  };
  return {
    dependsOn: populationDependencies(asked, ports),
    run: () => populationText(asked, { name: 'variants', item: 'rangeItem' }, 'structural', input, ports, groups),
  };
}
