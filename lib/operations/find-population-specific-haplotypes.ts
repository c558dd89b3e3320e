import { isHeld, readHaplotypes } from './haplotype-tokens.ts';
import { hlaOf } from './hla-knowledge.ts';
import { askPopulation, type GroupMembers, populationDependencies, populationText } from './population-answers.ts';
import { anyOf, populationGenotypes } from './population-genotypes.ts';
import { askedLists } from './population-lists.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, includePatientList, populationCounts } from './shared-parameters.ts';

const row = {
  code: 'find-population-specific-haplotypes',
  name: 'FindPopulationSpecificHaplotypes',
  title: 'Find Population Specific Haplotypes',
  family: 'population-operations/genotype-operations',
  doc: 'How many subjects, and which, have the given haplotypes or genotypes: imported ones, and those called from germline variants.',
  in: {
    haplotypes: {
      type: 'string',
      searchType: 'token',
      min: 1,
      max: '*',
      repetition: 'and',
      doc: 'Haplotypes or genotypes with their gene: `CYP2C19 *17`, `CYP2C19 *1/*17` (in any order), `HLA-A*23` (every allele it is the beginning of), a GL String, a gene alone, or a code with its system. A list separated by commas asks for each of them; repeating the parameter asks for the subjects that have one of each list.',
    },
    genomicSourceClass,
    includePatientList,
  },
  out: {
    haplotypes: {
      min: 1,
      max: '*',
      doc: 'One for each haplotype or genotype, in the order asked; a single one where the parameter is repeated. Its callable subjects have a genotype of the gene.',
      part: {
        haplotypeItem: {
          type: 'string',
          min: 1,
          max: '1',
          doc: 'The haplotype or genotype as it was asked; where the parameter is repeated, the lists joined by ` AND `, their members by `|`.',
        },
        ...populationCounts,
      },
    },
  },
  example: { haplotypes: 'CYP2C19 *2,CYP2C19 *17', includePatientList: 'true' },
} as const satisfies OperationRow;

/** Certain haplotypes and genotypes of everyone. */
export const findPopulationSpecificHaplotypes: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const read = readHaplotypes(input.haplotypes.flat());
    const [asked, knowledge] = await Promise.all([askPopulation(input, 'simple', ports), ports.knowledge()]);
    const people = asked.population.subjects.length;
    const lists = askedLists(input.haplotypes, read);
    const members = async (): Promise<readonly GroupMembers[]> => {
      const genes = read.flatMap(({ name }) => name?.gene ?? []);
      // A code whose form names no gene may be of any.
      const ofAll = genes.length < read.length;
      const [findings, nomenclature] = await Promise.all([
        populationGenotypes(asked, knowledge, ports, ofAll ? undefined : genes),
        hlaOf(knowledge),
      ]);
      const ofItems = read.map((one): GroupMembers => {
        const held = findings.filter((finding) => isHeld(one, finding, nomenclature));
        const gene = one.name?.gene.toUpperCase();
        const known = findings.filter((finding) => finding.gene.symbol.toUpperCase() === gene);
        return { subjects: anyOf(people, held), known: gene === undefined ? 'not told' : anyOf(people, known) };
      });
      return lists.membersOf(people, ofItems);
    };
    const names = { name: 'haplotypes', item: 'haplotypeItem' } as const;
    return {
      dependsOn: populationDependencies(asked, ports, knowledge),
      run: () => populationText(asked, names, 'simple', input, ports, lists.groups, members),
    };
  },
};
