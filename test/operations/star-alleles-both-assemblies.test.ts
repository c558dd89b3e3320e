import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reverseComplement } from '../../lib/genomics/allele.ts';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { DefiningPosition, GeneDefinition, NamedAllele } from '../../lib/genomics/star-allele/definition.ts';
import type { StoredVariant } from '../../lib/genomics/variant.ts';
import { findSubjectHaplotypes } from '../../lib/operations/find-subject-haplotypes.ts';
import type { Reference } from '../../lib/operations/ports.ts';
import { inputOf, phased, type SequencedSubjectStudy, simpleRow, span, testOf } from '../support/archive-builder.ts';
import { geneKnowledge } from '../support/gene-knowledge.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { ask } from '../support/response.ts';
import { genotypesIn } from '../support/star-alleles.ts';
import {
  ACCESSION,
  DIFFERING,
  FEATURES,
  SEQUENCE,
  START,
  TURNED,
  TURNED_ACCESSION,
  TURNED_START,
  twoAssemblies,
} from '../support/two-assemblies.ts';

// Two genes on the made-up chromosomes, defined on GRCh38 as PharmCAT's are. On chromosome 1 the two assemblies have
// another base at one of the positions; chromosome 21 runs the other way round in GRCh37.
const OTHER = SEQUENCE[DIFFERING] === 'G' ? 'C' : 'G';
const different = (base: string): string => (base === 'T' ? 'G' : 'T');

/** A position by its offset on GRCh38's plus strand, what stands there, and what an allele has instead. */
interface Site {
  readonly offset: number;
  readonly reference: string;
  readonly alternative: string;
}

const repeat = FEATURES.trinucleotide;
const PLUS: readonly Site[] = [
  { offset: 100, reference: SEQUENCE[100] as string, alternative: different(SEQUENCE[100] as string) },
  // One repeat unit more, anchored at the base before the repeat.
  {
    offset: repeat.offset - 1,
    reference: SEQUENCE[repeat.offset - 1] as string,
    alternative: `${SEQUENCE[repeat.offset - 1]}${repeat.unit}`,
  },
  { offset: DIFFERING, reference: OTHER, alternative: SEQUENCE[DIFFERING] as string },
];
const TURNED38 = reverseComplement(TURNED);
const MINUS: readonly Site[] = [
  { offset: 20, reference: TURNED38[20] as string, alternative: different(TURNED38[20] as string) },
  // Three bases deleted.
  { offset: 60, reference: TURNED38.slice(60, 64), alternative: TURNED38[60] as string },
];

function definitionOf(gene: string, accession: string, start: number, sites: readonly Site[]): GeneDefinition {
  const positions = sites.map(
    ({ offset, reference, alternative }): DefiningPosition => ({
      start0: interbase(start + offset),
      reference,
      alternatives: [alternative],
      rsid: undefined,
      hgvs: `g.${start + offset + 1}`,
    }),
  );
  const reference: NamedAllele = { name: '*1', reportedAs: '*1', stated: sites.map((site) => site.reference) };
  const others = sites.map((site, index): NamedAllele => {
    const name = `*${index + 2}`;
    return { name, reportedAs: name, stated: sites.map((one) => (one === site ? site.alternative : undefined)) };
  });
  return { gene, version: 'made up', assembly: 'GRCh38', accession, positions, alleles: [reference, ...others] };
}

const GENES = {
  CYP2C19: { sites: PLUS, definition: definitionOf('CYP2C19', ACCESSION.GRCh38, START.GRCh38, PLUS) },
  CYP2C9: { sites: MINUS, definition: definitionOf('CYP2C9', TURNED_ACCESSION.GRCh38, TURNED_START.GRCh38, MINUS) },
} as const;
type Gene = keyof typeof GENES;

/** The rows of a person with an allele on each chromosome, as a caller of that assembly writes them. */
function rowsOf(
  study: SequencedSubjectStudy,
  assembly: Assembly,
  gene: Gene,
  alleles: readonly [number, number],
): readonly StoredVariant[] {
  return GENES[gene].sites.flatMap((site, index) => {
    const strands = alleles.map((allele) => (allele === index + 1 ? site.alternative : site.reference));
    const turned = gene === 'CYP2C9' && assembly === 'GRCh37';
    const spell = (bases: string): string => (turned ? reverseComplement(bases) : bases);
    const { chromosome, start0, ref } = placeOf(assembly, gene, site);
    return [...new Set(strands)].flatMap((strand) => {
      const alt = spell(strand);
      if (alt === ref) return [];
      const [first, second] = strands.map((one) => one === strand);
      const call =
        first && second
          ? ({ genotype: '1|1', allelicState: 'homozygous', phaseSet: 'all', haplotypes: 3 } as const)
          : phased(first ? '1|0' : '0|1', 'all');
      return [simpleRow(study, [chromosome, start0 + 1, ref, alt], call)];
    });
  });
}

function placeOf(assembly: Assembly, gene: Gene, { offset, reference }: Site) {
  if (gene === 'CYP2C19') {
    const ref = assembly === 'GRCh37' && offset === DIFFERING ? (SEQUENCE[DIFFERING] as string) : reference;
    return { chromosome: '1', start0: START[assembly] + offset, ref } as const;
  }
  if (assembly === 'GRCh38') return { chromosome: '21', start0: TURNED_START.GRCh38 + offset, ref: reference } as const;
  const start0 = TURNED_START.GRCh37 + TURNED.length - offset - reference.length;
  return { chromosome: '21', start0, ref: reverseComplement(reference) } as const;
}

async function called(
  assembly: Assembly,
  gene: Gene,
  alleles: readonly [number, number],
  reference: Reference = twoAssemblies(),
): Promise<string> {
  const study = testOf('T1', assembly, {
    inputs: [inputOf({ sourceClass: 'germline', changeTypes: ['SNV', 'INS', 'DEL'], studiedRegions: true })],
  });
  const chromosome = gene === 'CYP2C19' ? '1' : '21';
  const ports = memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [study] }],
    variants: rowsOf(study, assembly, gene, alleles),
    regions: [{ study: 'T1', input: 0, kind: 'studied', chromosome, regions: [span(0, 3_000_000)] }],
    reference,
  });
  const definitions = Object.fromEntries(Object.entries(GENES).map(([name, { definition }]) => [name, { definition }]));
  const knowledge = geneKnowledge(definitions);
  const body = await ask(
    findSubjectHaplotypes,
    { subject: 'HG00403', genes: [gene] },
    { ...ports, knowledge: async () => knowledge },
  );
  return genotypesIn(body.parameter?.[0], gene);
}

const gene = fc.constantFrom<Gene[]>('CYP2C19', 'CYP2C9');

describe('star alleles of one person', () => {
  test.prop([
    gene.chain((name) => {
      const allele = fc.nat({ max: GENES[name].sites.length });
      return fc.tuple(fc.constant(name), allele, allele);
    }),
  ])('are the same from a test of either assembly, as they were put there', async ([name, first, second]) => {
    const expected = [first, second].toSorted((a, b) => a - b).map((allele) => `*${allele + 1}`);
    for (const assembly of ['GRCh37', 'GRCh38'] as const) {
      expect([assembly, await called(assembly, name, [first, second])]).toEqual([assembly, expected.join('/')]);
    }
  });

  it('are undetermined in GRCh37 without its reference bases: nobody knows what a position without a row has', async () => {
    const reference = twoAssemblies({ windows: ['GRCh38'] });
    expect(await called('GRCh37', 'CYP2C19', [0, 0], reference)).toBe('not-tested');
    expect(await called('GRCh38', 'CYP2C19', [0, 0], reference)).toBe('*1/*1');
  });

  it('are undetermined in GRCh37 without chains', async () => {
    expect(await called('GRCh37', 'CYP2C19', [0, 0], twoAssemblies({ chains: false }))).toBe('not-tested');
  });
});
