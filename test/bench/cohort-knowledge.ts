import type { Chromosome } from '../../lib/genomics/assembly.ts';
import { sequenceOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { GeneDefinition, NamedAllele } from '../../lib/genomics/star-allele/definition.ts';
import { PHARMCAT, payloadName, toPayload } from '../../lib/knowledge/pharmcat/payload.ts';
import type { DxRow, TxRow } from '../../lib/knowledge/rows.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { between } from '../support/random.ts';

/** A site of a made-up cohort, with the number of its carriers. */
export type Site = readonly [chromosome: Chromosome, start0: number, ref: string, alt: string, carriers: number];

/** Conditions, the genes of each, and neighbouring sites that are known in each gene. */
const CONDITIONS = 20;
const GENES_OF_CONDITION = 5;
const VARIANTS_OF_GENE = 100;
/** Defining positions of a gene, as many as CYP2C19 has; each makes one allele. */
const POSITIONS = 35;
const GENE = 'CYP2C19';

const about = { identifiers: [], source: 'bench' };

/**
 * Loads made-up knowledge about a cohort's sites: conditions of many variants, and a pharmacogene whose positions lie
 * there, with a drug that its alleles decide on.
 */
export async function loadCohortKnowledge(
  data: string,
  sites: readonly Site[],
  subjects: number,
  random: () => number,
): Promise<{ readonly conditions: readonly string[]; readonly haplotypes: readonly string[] }> {
  const conditions = Array.from({ length: CONDITIONS }, (_, i) => `condition ${i + 1}`);
  const [[ofGene] = ['1' as const]] = sites;
  const gene = definitionOf(
    ofGene,
    sites.filter(([chromosome, , , , carriers]) => chromosome === ofGene && carriers < subjects / 4),
  );
  const rows = conditions.flatMap((display) =>
    Array.from({ length: GENES_OF_CONDITION }, () => {
      const first = between(random, 0, sites.length - VARIANTS_OF_GENE);
      return sites.slice(first, first + VARIANTS_OF_GENE);
    })
      .flat()
      .map(([chromosome, start0, ref, alt]): DxRow => {
        const variants = [`${sequenceOf('GRCh38', chromosome)?.accession}:${start0}:${ref}:${alt}`];
        return { ...about, kind: 'dx', variants, significance: { text: 'made up' }, conditions: [{ display }] };
      }),
  );
  const drug: TxRow = {
    ...about,
    ...{ kind: 'tx', conditions: [], implication: { text: 'made up' }, treatments: [{ display: 'drug' }] },
    genotypes: [{ code: `${GENE} *2` }, { code: `${GENE} *3` }],
  };
  const archive = await openLocalArchive(data);
  const release = { release: 'bench', inputs: [] };
  await archive.knowledge.add({ ...release, source: 'bench', fill: (sink) => sink.rows([...rows, drug]) });
  await archive.knowledge.add({
    ...release,
    source: PHARMCAT,
    fill: async (sink) => sink.payload(payloadName(GENE), toPayload({ definition: gene })),
  });
  await archive.close();
  return { conditions, haplotypes: gene.alleles.map(({ name }) => `${GENE} ${name}`) };
}

function definitionOf(chromosome: Chromosome, sites: readonly Site[]): GeneDefinition {
  const distinct = [...new Map(sites.map((site) => [site[1], site])).values()].slice(0, POSITIONS);
  const allele = (name: string, stated: NamedAllele['stated']): NamedAllele => ({ name, reportedAs: name, stated });
  return {
    gene: GENE,
    version: 'bench',
    assembly: 'GRCh38',
    accession: sequenceOf('GRCh38', chromosome)?.accession ?? '',
    positions: distinct.map(([, start0, reference, alt]) => ({
      start0: interbase(start0),
      reference,
      alternatives: [alt],
      rsid: undefined,
      hgvs: `g.${start0 + 1}${reference}>${alt}`,
    })),
    alleles: [
      allele(
        '*1',
        distinct.map(([, , reference]) => reference),
      ),
      ...distinct.map(([, , , alt], own) =>
        allele(
          `*${own + 2}`,
          distinct.map((_, at) => (at === own ? alt : undefined)),
        ),
      ),
    ],
  };
}
