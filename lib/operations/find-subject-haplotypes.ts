import { parametersText } from '../fhir/parameters.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import { type AskedGene, isAsked, readGenes } from './gene-tokens.ts';
import type { Operation, OperationRow } from './row.ts';
import { genomicSourceClass, genotype, haplotype, subject, testFilters } from './shared-parameters.ts';
import { genotypeParts, reasonsFor } from './shown-genotypes.ts';
import { specimensOf } from './specimens.ts';
import { type SubjectGenotypes, subjectGenotypes } from './subject-genotypes.ts';
import { dependencies, subjectView } from './subject-view.ts';

const row = {
  code: 'find-subject-haplotypes',
  name: 'FindSubjectHaplotypes',
  title: 'Find Subject Haplotypes',
  family: 'subject-operations/genotype-operations',
  doc: 'Star alleles, HLA alleles and other named alleles that a subject has of the given genes: imported ones, and those called from germline variants.',
  in: {
    subject,
    genes: {
      type: 'string',
      searchType: 'token',
      min: 1,
      max: '*',
      doc: 'Genes by HGNC symbol (`CYP2C19`) or id (`http://www.genenames.org|HGNC:2621`). Several mean one answer each.',
    },
    ...testFilters,
    genomicSourceClass,
  },
  out: {
    haplotypes: {
      min: 1,
      max: '*',
      doc: 'One for each gene, in the order asked. A test without a genotype of the gene is named by the extension star-allele-call, with the reason.',
      part: {
        geneItem: { type: 'string', min: 1, max: '1', doc: 'The gene as it was asked.' },
        haplotype,
        genotype,
      },
    },
  },
  example: { subject: 'demo-cyp2c19', genes: 'CYP2C19' },
} as const satisfies OperationRow;

/** Named alleles of one subject, gene by gene. */
export const findSubjectHaplotypes: Operation<typeof row> = {
  row,
  async prepare(input, ports) {
    const [view, reference, knowledge] = await Promise.all([
      subjectView(input.subject, input, ports),
      ports.reference(),
      ports.knowledge(),
    ]);
    const genes = await readGenes(input.genes, reference);

    async function* groups() {
      const wanted = (gene: Parameters<typeof isAsked>[1]) => genes.some((asked) => isAsked(asked, gene));
      const all = await subjectGenotypes(view, { ...ports, reference, knowledge }, wanted);
      const specimenOf = specimensOf(view);
      for (const asked of genes) {
        checkKnown(asked, all);
        const found = all.findings.filter(({ gene }) => isAsked(asked, gene));
        const name = asked.symbol ?? found[0]?.gene.symbol ?? asked.text;
        yield {
          name: 'haplotypes',
          part: [[{ name: 'geneItem', valueString: asked.text }, ...genotypeParts(found, specimenOf)]],
          extension: reasonsFor(name, found, all.open),
        };
      }
    }
    return { dependsOn: dependencies(view, reference, knowledge), run: () => parametersText(groups()) };
  },
};

/** @throws CannotAnswerError when an id may be of a gene that was imported by its symbol alone */
function checkKnown({ text, symbol }: AskedGene, { nameless }: SubjectGenotypes): void {
  const [first] = nameless;
  if (symbol !== undefined || first === undefined) return;
  throw new CannotAnswerError(
    `'${text}' may be ${nameless.join(' or ')}, which was imported without an id; ask by the symbol, or load transcript models with 'genomics reference add --transcripts FILE'`,
    'genes',
  );
}
