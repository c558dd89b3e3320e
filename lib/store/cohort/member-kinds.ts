import type { Study } from '../../genomics/study.ts';
import type { PopulationInput } from '../../operations/population-ports.ts';
import type { InputFacts, Manifest } from './generation.ts';

/** One input of a test. */
export interface KindInput {
  readonly input: number;
  readonly facts: InputFacts;
  /** Numbers the specimens of the test. */
  readonly specimen: number;
}

/** What subjects whose tests are alike have in common: equal inputs of one study. */
export interface MemberKind {
  readonly assembly: Study['assembly'];
  readonly inputs: readonly KindInput[];
}

/** Numbers the kinds of tests that there are; they are few, however many subjects. */
export interface KindTable {
  readonly values: readonly MemberKind[];
  numberOf(assembly: Study['assembly'], facts: readonly InputFacts[], inputs: readonly (readonly number[])[]): number;
  ofProfile(manifest: Manifest, profile: number, inputSet: number): number;
  /** Distinct inputs of all kinds, without what only matters to coverage. */
  inputs(): PopulationInput[];
}

export function kindTable(): KindTable {
  const values: MemberKind[] = [];
  const numbers = new Map<string, number>();
  const ofProfiles = new Map<number, number>();
  const numberOf: KindTable['numberOf'] = (assembly, facts, inputs) => {
    const kind: MemberKind = {
      assembly,
      inputs: inputs.flatMap((group, specimen) =>
        group.flatMap((input) => {
          const known = facts[input];
          return known === undefined ? [] : [{ input, facts: known, specimen }];
        }),
      ),
    };
    const name = JSON.stringify(kind);
    const number = numbers.get(name) ?? values.push(kind) - 1;
    numbers.set(name, number);
    return number;
  };
  return {
    values,
    numberOf,
    ofProfile(manifest, profile, inputSet) {
      const key = profile * manifest.inputSets.length + inputSet;
      const known = ofProfiles.get(key);
      if (known !== undefined) return known;
      const { assembly, inputs } = manifest.profiles[profile] as Manifest['profiles'][number];
      const number = numberOf(assembly, inputs, manifest.inputSets[inputSet] ?? []);
      ofProfiles.set(key, number);
      return number;
    },
    inputs: () => {
      const all = values.flatMap(({ assembly, inputs }) =>
        inputs.map(
          ({ facts: { panel: _panel, stated: _stated, ...facts } }): PopulationInput => ({ assembly, ...facts }),
        ),
      );
      return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
    },
  };
}
