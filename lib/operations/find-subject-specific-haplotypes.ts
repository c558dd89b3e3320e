import { parametersText } from '../fhir/parameters.ts';
import type { GeneName } from '../genomics/genotype-finding.ts';
import { isHeld, readHaplotypes } from './haplotype-tokens.ts';
import { hlaOf } from './hla-knowledge.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, genotype, haplotype, presence, subject, testFilters } from './shared-parameters.ts';
import { genotypeParts, reasonsFor } from './shown-genotypes.ts';
import { specimensOf } from './specimens.ts';
import { subjectGenotypes } from './subject-genotypes.ts';
import { dependencies, subjectView } from './subject-view.ts';

const row = {
  code: 'find-subject-specific-haplotypes',
  name: 'FindSubjectSpecificHaplotypes',
  title: 'Find Subject Specific Haplotypes',
  family: 'subject-operations/genotype-operations',
  doc: 'Whether a subject has the given haplotypes or genotypes.',
  in: {
    subject,
    haplotypes: {
      type: 'string',
      searchType: 'token',
      min: 1,
      max: '*',
      doc: 'Haplotypes or genotypes with their gene: `CYP2C19 *17`, `CYP2C19 *1/*17` (in any order), `HLA-A*23` (every allele it is the beginning of), a GL String, a gene alone, or a code with its system. Several mean one answer each.',
    },
    ...testFilters,
    genomicSourceClass,
  },
  out: {
    haplotypes: {
      min: 1,
      max: '*',
      doc: 'One for each haplotype or genotype, in the order asked. A test without a genotype of its gene is named by the extension star-allele-call, with the reason.',
      part: {
        haplotypeItem: { type: 'string', min: 1, max: '1', doc: 'The haplotype or genotype as it was asked.' },
        presence: {
          ...presence,
          doc: 'Whether it was found. The extension star-allele-call of the group says which tests could not tell.',
        },
        haplotype,
        genotype,
      },
    },
  },
  example: { subject: 'demo-cyp2c19', haplotypes: 'CYP2C19 *2/*17' },
} as const satisfies OperationRow;

/** Certain haplotypes and genotypes of one subject. */
export const findSubjectSpecificHaplotypes: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const asked = readHaplotypes(input.haplotypes);
    const [view, reference, knowledge] = await Promise.all([
      subjectView(input.subject, input, ports),
      ports.reference(),
      ports.knowledge(),
    ]);

    async function* groups() {
      const genes = new Set(asked.map(({ name }) => name?.gene.toUpperCase()));
      // A code whose form names no gene may be of any.
      const wanted = ({ symbol }: GeneName) => genes.has(undefined) || genes.has(symbol.toUpperCase());
      const [all, nomenclature] = await Promise.all([
        subjectGenotypes(view, { ...ports, reference, knowledge }, wanted),
        hlaOf(knowledge),
      ]);
      const specimenOf = specimensOf(view);
      for (const one of asked) {
        const found = all.findings.filter((finding) => isHeld(one, finding, nomenclature));
        const gene = one.name?.gene;
        const ofGene = all.findings.filter(({ gene: { symbol } }) => symbol.toUpperCase() === gene?.toUpperCase());
        const part = [
          { name: 'haplotypeItem', valueString: one.text },
          { name: 'presence', valueBoolean: found.length > 0 },
          ...genotypeParts(found, specimenOf),
        ];
        const extension = gene === undefined ? [] : reasonsFor(gene, ofGene, all.open);
        yield { name: 'haplotypes', part: [part], extension };
      }
    }
    return { dependsOn: dependencies(view, reference, knowledge), run: () => parametersText(groups()) };
  },
};
