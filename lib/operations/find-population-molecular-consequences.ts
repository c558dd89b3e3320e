import { askedTerms } from './consequence-terms.ts';
import { placeVariants } from './placed-variants.ts';
import {
  askPopulation,
  nothingAsked,
  type PopulationGroup,
  populationDependencies,
  populationText,
} from './population-answers.ts';
import { refuseUnknowable } from './population-carriers.ts';
import { carriersByTerms, carriersByVariants, checkEveryonesTranscripts } from './population-consequences.ts';
import type { Operation, OperationRow } from './row.ts';
import {
  featureConsequences,
  genomicSourceClass,
  includePatientList,
  optionalVariants,
  populationCounts,
} from './shared-parameters.ts';
import { readVariants } from './variant-questions.ts';

const row = {
  code: 'find-population-molecular-consequences',
  name: 'FindPopulationMolecularConsequences',
  title: 'Find Population Molecular Consequences',
  family: 'population-operations/phenotype-operations',
  doc: 'How many subjects, and which, have variants with the given consequences for transcripts and proteins: as the files themselves state it, else computed from transcript models. A subject counts once, for at least one consequence that satisfies all parameters that are given; without variants and featureConsequences the answer is empty.',
  in: { variants: optionalVariants, featureConsequences, genomicSourceClass, includePatientList },
  out: {
    consequences: {
      min: 1,
      max: '1',
      doc: 'Who has at least one such consequence. Absent only when nothing was asked.',
      part: populationCounts,
    },
  },
  example: { featureConsequences: 'stop_gained,frameshift_variant', includePatientList: 'true' },
} as const satisfies OperationRow;

/** Molecular consequences of everyone's variants. */
export const findPopulationMolecularConsequences: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const { variants = [], featureConsequences: tokens = [] } = input;
    const read = readVariants(variants);
    const terms = askedTerms(tokens);
    const asked = await askPopulation(input, 'simple', ports);
    const dependsOn = populationDependencies(asked, ports);
    if (read.length === 0 && terms === undefined) return { dependsOn, run: nothingAsked };
    checkEveryonesTranscripts(asked, terms);
    const placed = await placeVariants(read, asked.needed, asked.reference);
    refuseUnknowable(placed, asked);
    const groups = async (): Promise<readonly PopulationGroup[]> => {
      if (read.length > 0 || terms === undefined) {
        return [{ subjects: await carriersByVariants(asked, placed, terms), placed }];
      }
      return [{ subjects: await carriersByTerms(asked, terms, ports) }];
    };
    return { dependsOn, run: () => populationText(asked, { name: 'consequences' }, 'simple', input, ports, groups) };
  },
};
