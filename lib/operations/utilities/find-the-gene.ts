import type { ChromosomeSequence } from '../../genomics/assembly.ts';
import { interbase } from '../../genomics/coordinates.ts';
import { ifLoaded } from '../../genomics/if-loaded.ts';
import { type GenomicInterval, parseRange } from '../../genomics/interval.ts';
import { liftInterval } from '../../genomics/liftover.ts';
import type { TranscriptModel } from '../../genomics/transcript.ts';
import type { Reference } from '../ports.ts';
import { checkWithin, sequencesAt } from '../range-questions.ts';
import { geneEntries } from './features.ts';
import type { Utility, UtilityRow } from './utility.ts';

const row = {
  code: 'find-the-gene',
  doc: 'Genes that share a base with a range, with their places in both assemblies.',
  in: {
    range: {
      type: 'string',
      min: 1,
      max: '1',
      doc: 'A region of either assembly, 0-based and half-open, such as `NC_000017.11:43044294-43125364`.',
    },
  },
  example: { range: 'NC_000017.11:43044294-43125364' },
} as const satisfies UtilityRow;

/** Genes by place. Models of the other assembly are found through its chains, where these are loaded. */
export const findTheGene: Utility<typeof row> = {
  row,
  async answer({ range }, reference) {
    const asked = parseRange(range, 'range');
    const sequences = sequencesAt(asked.accession, range, 'range');
    checkWithin(sequences, asked.start0, range, 'range');
    const [own] = sequences as [ChromosomeSequence];
    const { transcripts } = reference;
    const elsewhere = await liftedRange(asked, own, reference);
    const [here, there] = await Promise.all([
      transcripts.overlapping(asked),
      elsewhere === undefined ? [] : transcripts.overlapping(elsewhere),
    ]);
    return geneEntries(await wholeGenes([...here, ...there], reference), reference);
  },
};

async function liftedRange(
  { accession, start0, end0 }: GenomicInterval,
  own: ChromosomeSequence,
  { chains }: Reference,
): Promise<GenomicInterval | undefined> {
  const other = own.assembly === 'GRCh37' ? 'GRCh38' : 'GRCh37';
  // Without chains the models on the range's own assembly still answer.
  const index = await ifLoaded(() => chains.between(own.assembly, other));
  const lifted = index && liftInterval(index, { accession, start0, end0: interbase(Math.min(end0, own.length)) });
  return lifted?.lifted ? lifted : undefined;
}

/** All models of the genes that some models are of, those outside the range and on the other assembly too. */
async function wholeGenes(
  models: readonly TranscriptModel[],
  { transcripts }: Reference,
): Promise<readonly TranscriptModel[]> {
  const genes = new Set(models.flatMap(({ hgnc, gene }) => hgnc ?? gene ?? []));
  return (await Promise.all([...genes].map((gene) => transcripts.ofGene(gene)))).flat();
}
