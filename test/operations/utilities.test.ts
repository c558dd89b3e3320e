import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import type { Reference } from '../../lib/operations/ports.ts';
import type { Input } from '../../lib/operations/row.ts';
import { findTheGene } from '../../lib/operations/utilities/find-the-gene.ts';
import { getFeatureCoordinates } from '../../lib/operations/utilities/get-feature-coordinates.ts';
import { normalizeVariant } from '../../lib/operations/utilities/normalize-variant.ts';
import type { Json, Utility, UtilityRow } from '../../lib/operations/utilities/utility.ts';
import { noKnowledge } from '../support/memory-knowledge.ts';
import { memoryReference, memoryTranscripts } from '../support/memory-reference.ts';
import { FEATURES, SEQUENCE, START, twoAssemblies } from '../support/two-assemblies.ts';

const REFERENCE = twoAssemblies();

/** Models of GRCh38 only, as the MANE file has them. */
async function only38(): Promise<Reference> {
  const models = [
    ...(await REFERENCE.transcripts.models('NM_900001.2')),
    ...(await REFERENCE.transcripts.models('NM_900002.1')),
  ].filter(({ assembly }) => assembly === 'GRCh38');
  return { ...REFERENCE, transcripts: memoryTranscripts(models) };
}

/** A utility that needs reference data only. */
function withoutKnowledge<R extends UtilityRow>({ answer }: Utility<R>) {
  return (input: Input<R>, reference: Reference): Promise<Json> => answer(input, reference, noKnowledge);
}

async function refusal(answer: Promise<Json>): Promise<string> {
  const { status, body } = outcomeOf(await answer.catch((error: unknown) => error));
  return `${status} ${body.issue[0]?.expression?.[0]} ${body.issue[0]?.diagnostics}`;
}

const GENE = {
  geneId: 'HGNC:900001',
  geneLink: 'https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:900001',
  geneSymbol: 'PLUS1',
  build37Coordinates: 'NC_000001.10:1000050-1000650',
  build38Coordinates: 'NC_000001.11:2000050-2000650',
  transcripts: ['NM_900001.2'],
  MANE: ['NM_900001.2'],
};

describe('get-feature-coordinates', () => {
  const answer = withoutKnowledge(getFeatureCoordinates);

  it.each(['PLUS1', 'plus1', 'HGNC:900001', '900001', ' PLUS1 '])('knows the gene %j', async (gene) => {
    expect(await answer({ gene }, REFERENCE)).toEqual([GENE]);
  });

  it('lifts what only one assembly has, also where that runs the other way, and leaves out what has no place', async () => {
    expect(await answer({ gene: 'PLUS1' }, await only38())).toEqual([GENE]);
    expect(await answer({ gene: 'TURNED1' }, await only38())).toMatchObject([
      { build37Coordinates: 'NC_000021.8:500100-500550', build38Coordinates: 'NC_000021.9:700050-700500' },
    ]);
    const { build37Coordinates: _, ...without } = GENE;
    const unchained = { ...(await only38()), chains: twoAssemblies({ chains: false }).chains };
    expect(await answer({ gene: 'PLUS1' }, unchained)).toEqual([without]);
  });

  it.each(['NM_900001.2', 'NM_900001', 'nm_900001'])('knows the transcript %s', async (transcript) => {
    expect(await answer({ transcript }, REFERENCE)).toEqual([
      {
        transcript: 'NM_900001.2',
        transcriptLink: 'https://www.ncbi.nlm.nih.gov/nuccore/NM_900001.2',
        geneSymbol: 'PLUS1',
        build37Coordinates: 'NC_000001.10:1000050-1000650',
        build38Coordinates: 'NC_000001.11:2000050-2000650',
        MANE: true,
        build37CDSStart: 1_000_090,
        build37CDSEnd: 1_000_601,
        build37Strand: '+',
        build38CDSStart: 2_000_090,
        build38CDSEnd: 2_000_601,
        build38Strand: '+',
        exons: [
          {
            exonNumber: 1,
            build37Coordinates: 'NC_000001.10:1000050-1000150',
            build38Coordinates: 'NC_000001.11:2000050-2000150',
          },
          {
            exonNumber: 2,
            build37Coordinates: 'NC_000001.10:1000190-1000650',
            build38Coordinates: 'NC_000001.11:2000190-2000650',
          },
        ],
      },
    ]);
  });

  it('counts the coding sequence of the minus strand from its start too', async () => {
    // CDS 10 to 400 of 450 bases, on the minus strand of 500100-500550.
    expect(await answer({ transcript: 'NM_900002.1' }, REFERENCE)).toMatchObject([
      {
        build37CDSStart: 500_150,
        build37CDSEnd: 500_540,
        build37Strand: '-',
        build38CDSStart: 700_060,
        build38CDSEnd: 700_450,
        build38Strand: '+',
        MANE: false,
      },
    ]);
  });

  it.each(['NP_900001.1', 'NP_900001'])('knows the protein %s', async (protein) => {
    expect(await answer({ protein }, REFERENCE)).toEqual({
      protein: 'NP_900001.1',
      proteinLink: 'https://www.ncbi.nlm.nih.gov/protein/NP_900001.1/',
      transcript: 'NM_900001.2',
      geneSymbol: 'PLUS1',
    });
  });

  it.each([
    ['chr7', 'chr7', '7', 'NC_000007.13', 'NC_000007.14'],
    ['CHRx', 'chrX', 'x', 'NC_000023.10', 'NC_000023.11'],
    ['chrM', 'chrM', 'mitochondrial-dna', 'NC_012920.1', 'NC_012920.1'],
  ])('knows the chromosome %s', async (asked, chromosome, page, build37RefSeq, build38RefSeq) => {
    expect(await answer({ chromosome: asked }, memoryReference())).toEqual({
      chromosome,
      chromosomeLink: `https://medlineplus.gov/genetics/chromosome/${page}/`,
      build37RefSeq,
      build38RefSeq,
    });
  });

  it.each([{ gene: 'NOGENE' }, { transcript: 'NM_900001.1' }, { protein: 'NP_1.1' }, { chromosome: 'chr23x' }])(
    'has an empty list for %j',
    async (input) => expect(await answer(input, REFERENCE)).toEqual([]),
  );

  it('takes just one feature, and says what is not loaded', async () => {
    expect(await refusal(answer({}, REFERENCE))).toMatch(/^400 gene One of/);
    expect(await refusal(answer({ gene: 'A', protein: 'B' }, REFERENCE))).toMatch(/^400 protein gene and protein/);
    expect(await refusal(answer({ gene: 'PLUS1' }, memoryReference()))).toMatch(/^422 .* no transcripts are loaded/);
  });
});

describe('find-the-gene', () => {
  const answer = withoutKnowledge(findTheGene);

  it.each([
    ['NC_000001.10:1000000-1000051', 1],
    ['NC_000001.10:1000000-1000050', 0],
    ['NC_000001.10:1000160-1000170', 1],
    ['NC_000001.11:2000649-2000700', 1],
    ['NC_000001.11:2000650-2000700', 0],
    ['NC_000001.11:2000100-2000100', 1],
  ])('finds in %s %i, half-open', async (range, count) => {
    expect(await answer({ range }, REFERENCE)).toEqual(count === 0 ? [] : [GENE]);
  });

  it('finds the models of the other assembly', async () => {
    expect(await answer({ range: 'NC_000001.10:1000200-1000201' }, await only38())).toEqual([GENE]);
  });

  it('refuses what is no range', async () => {
    expect(await refusal(answer({ range: 'PLUS1' }, REFERENCE))).toMatch(/^400 range /);
    expect(await refusal(answer({ range: 'NM_900001.2:1-2' }, REFERENCE))).toMatch(/^400 range .* chromosome/);
  });
});

describe('normalize-variant', () => {
  const answer = withoutKnowledge(normalizeVariant);
  const { offset, unit, copies } = FEATURES.trinucleotide;
  const tract = unit.repeat(copies);
  const canonical = (start: number): string => `${start + offset}:${tract}:${tract}${unit}`;
  const LONGER = {
    GRCh37SPDI: `NC_000001.10:${canonical(START.GRCh37)}`,
    GRCh38SPDI: `NC_000001.11:${canonical(START.GRCh38)}`,
    GRCh37HGVS: 'NC_000001.10:g.1000413_1000415dup',
    GRCh38HGVS: 'NC_000001.11:g.2000413_2000415dup',
  };

  it.each([
    'NC_000001.10:1000400::CAG',
    'NC_000001.11:2000402::GCA',
    'NC_000001.11:g.2000401_2000403dup',
    'NM_900001.2:c.283_285dup',
    'NC_000001.10:g.1000401CAG[6]',
  ])('gives %s both names in both assemblies', async (variant) => {
    expect(await answer({ variant }, REFERENCE)).toEqual(LONGER);
  });

  it('needs no sequence for a substitution', async () => {
    const base = SEQUENCE[500] as string;
    const alt = base === 'T' ? 'G' : 'T';
    const variant = `NC_000001.10:${START.GRCh37 + 500}:${base}:${alt}`;
    expect(await answer({ variant }, twoAssemblies({ windows: [] }))).toEqual({
      GRCh37SPDI: variant,
      GRCh38SPDI: `NC_000001.11:${START.GRCh38 + 500}:${base}:${alt}`,
      GRCh37HGVS: `NC_000001.10:g.${START.GRCh37 + 501}${base}>${alt}`,
      GRCh38HGVS: `NC_000001.11:g.${START.GRCh38 + 501}${base}>${alt}`,
    });
  });

  it('leaves out the assembly that has no place for it, and fails when none has', async () => {
    const missing = `NC_000001.10:${START.GRCh37 + 801}:1:`;
    expect(Object.keys((await answer({ variant: missing }, REFERENCE)) as object)).toEqual([
      'GRCh37SPDI',
      'GRCh37HGVS',
    ]);
    const bare = twoAssemblies({ windows: [] });
    expect(await refusal(answer({ variant: 'NC_000001.10:1000400::CAG' }, bare))).toMatch(/^422 .* is not loaded/);
    expect(await refusal(answer({ variant: 'NC_000001.10:1000400:T:A' }, REFERENCE))).toMatch(
      /^400 variant .* the reference has/,
    );
    expect(await refusal(answer({ variant: 'NP_900001.1:p.Gln95dup' }, REFERENCE))).toMatch(/^400 variant /);
  });

  it('names what does not change', async () => {
    const base = SEQUENCE[500] as string;
    expect(await answer({ variant: `NC_000001.10:g.${START.GRCh37 + 501}=` }, REFERENCE)).toMatchObject({
      GRCh38SPDI: `NC_000001.11:${START.GRCh38 + 500}:${base}:${base}`,
      GRCh38HGVS: `NC_000001.11:g.${START.GRCh38 + 501}=`,
    });
  });
});
