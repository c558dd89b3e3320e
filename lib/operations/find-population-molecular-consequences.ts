import { askedTerms } from './consequence-terms.ts';
import { checkFunctions } from './known-consequences.ts';
import { placeVariants } from './placed-variants.ts';
import {
  askPopulation,
  type GroupMembers,
  nothingAsked,
  populationDependencies,
  populationText,
} from './population-answers.ts';
import { refuseUnknowable } from './population-carriers.ts';
import {
  carriersByStatements,
  carriersByTerms,
  carriersByVariants,
  checkEveryonesTranscripts,
} from './population-consequences.ts';
import type { Operation, OperationRow } from './row.ts';
import {
  featureConsequences,
  genomicSourceClass,
  includePatientList,
  optionalVariants,
  populationCounts,
} from './shared-parameters.ts';
import { checkCarried } from './statement-questions.ts';
import { combined } from './subject-set.ts';
import { readVariants } from './variant-questions.ts';

const row = {
  code: 'find-population-molecular-consequences',
  name: 'FindPopulationMolecularConsequences',
  title: 'Find Population Molecular Consequences',
  family: 'population-operations/phenotype-operations',
  doc: 'How many subjects, and which, have variants with the given consequences for transcripts and proteins: as the files themselves state it, else computed from transcript models; and as the loaded knowledge says of them, effects on the function included. A subject counts once, for at least one consequence that satisfies all parameters that are given; without variants and featureConsequences the answer is empty.',
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
    const [asked, knowledge] = await Promise.all([askPopulation(input, 'simple', ports), ports.knowledge()]);
    const dependsOn = populationDependencies(asked, ports, knowledge);
    if (read.length === 0 && terms === undefined) return { dependsOn, run: nothingAsked };
    checkFunctions(knowledge, terms);
    checkCarried(knowledge, 'mc', asked.needed);
    checkEveryonesTranscripts(asked, terms);
    const placed = await placeVariants(read, asked.needed, asked.reference);
    refuseUnknowable(placed, asked);
    const byTerms = read.length === 0 && terms !== undefined;
    const members = async (): Promise<readonly GroupMembers[]> => {
      const told = byTerms ? carriersByTerms(asked, terms, ports) : carriersByVariants(asked, placed, terms);
      const known = carriersByStatements(asked, byTerms ? undefined : placed, terms, knowledge, ports);
      return [{ subjects: combined(asked.population.subjects.length, await Promise.all([told, known]), 'any') }];
    };
    const groups = byTerms ? [{}] : [{ placed }];
    const names = { name: 'consequences' } as const;
    return { dependsOn, run: () => populationText(asked, names, 'simple', input, ports, groups, members) };
  },
};
