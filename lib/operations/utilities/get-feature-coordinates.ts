import { chromosomeNamed, sequenceOf } from '../../genomics/assembly.ts';
import { InvalidInputError, RequiredInputError } from '../../genomics/errors.ts';
import type { Transcripts } from '../../genomics/ports.ts';
import type { TranscriptModel } from '../../genomics/transcript.ts';
import type { ParameterRow } from '../row.ts';
import { byVersion, geneEntries, transcriptEntry } from './features.ts';
import type { Json, Utility, UtilityRow } from './utility.ts';

const one = (doc: string) => ({ type: 'string', min: 0, max: '1', doc }) as const satisfies ParameterRow;

const row = {
  code: 'get-feature-coordinates',
  doc: 'Where a chromosome, gene, transcript or protein lies in both assemblies. Just one of them is given. Coordinates are 0-based and half-open.',
  in: {
    chromosome: one('Such as `chr7`.'),
    gene: one('HGNC symbol or id: `BRCA1`, `HGNC:1100` or `1100`.'),
    transcript: one('Such as `NM_007294.4`; without its version, all versions that are loaded.'),
    protein: one('Such as `NP_009225.1`; without its version, any that is loaded.'),
  },
  example: { gene: 'BRCA1' },
} as const satisfies UtilityRow;

/** Coordinates of a feature; an empty list when nothing of that name is loaded. */
export const getFeatureCoordinates: Utility<typeof row> = {
  row,
  async answer(input, reference) {
    const { chromosome, gene, transcript, protein } = input;
    const given = Object.keys(row.in).filter((name) => input[name as keyof typeof input] !== undefined);
    const [first, second] = given;
    if (first === undefined) {
      throw new RequiredInputError('One of chromosome, gene, transcript and protein is required', 'gene');
    }
    if (second !== undefined) throw new InvalidInputError(`${first} and ${second} can't both be asked for`, second);
    if (chromosome !== undefined) return chromosomeEntry(chromosome);
    const { transcripts } = reference;
    if (gene !== undefined) {
      const name = gene.trim();
      return geneEntries(await transcripts.ofGene(/^\d+$/.test(name) ? `HGNC:${name}` : name), reference);
    }
    if (transcript !== undefined) {
      const versions = byVersion(await modelsOf(transcript.trim().toUpperCase(), transcripts));
      return Promise.all(versions.map((models) => transcriptEntry(models, reference)));
    }
    return proteinEntry(await transcripts.ofProtein((protein ?? '').trim().toUpperCase()));
  },
};

/** Models of exactly this version or, without one, of all versions. */
async function modelsOf(accession: string, transcripts: Transcripts): Promise<readonly TranscriptModel[]> {
  if (accession.includes('.')) return transcripts.models(accession);
  const versions = await transcripts.versions(accession);
  return (await Promise.all(versions.map((version) => transcripts.models(version)))).flat();
}

function chromosomeEntry(text: string): Json {
  const chromosome = chromosomeNamed('GRCh38', text.trim());
  const [old, recent] = [
    chromosome && sequenceOf('GRCh37', chromosome),
    chromosome && sequenceOf('GRCh38', chromosome),
  ];
  if (chromosome === undefined || old === undefined || recent === undefined) return [];
  const page = chromosome === 'MT' ? 'mitochondrial-dna' : chromosome.toLowerCase();
  return {
    chromosome: `chr${chromosome === 'MT' ? 'M' : chromosome}`,
    chromosomeLink: `https://medlineplus.gov/genetics/chromosome/${page}/`,
    build37RefSeq: old.accession,
    build38RefSeq: recent.accession,
  };
}

/** A protein and the transcript that it is translated from; without a version the newest one that is loaded. */
function proteinEntry(models: readonly TranscriptModel[]): Json {
  const version = ({ protein = '' }: TranscriptModel): number => Number(protein.split('.')[1] ?? 0);
  const [model] = [...models].sort((a, b) => version(b) - version(a));
  if (model?.protein === undefined) return [];
  const { protein, accession, gene } = model;
  return {
    protein,
    proteinLink: protein.startsWith('ENS')
      ? `https://www.ensembl.org/id/${protein}`
      : `https://www.ncbi.nlm.nih.gov/protein/${protein}/`,
    transcript: accession,
    ...(gene === undefined ? {} : { geneSymbol: gene }),
  };
}
