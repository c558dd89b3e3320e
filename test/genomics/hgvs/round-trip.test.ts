import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Allele } from '../../../lib/genomics/allele.ts';
import { interbase } from '../../../lib/genomics/coordinates.ts';
import { describeGenomic, describeTranscript } from '../../../lib/genomics/hgvs/describe.ts';
import { formatHgvs } from '../../../lib/genomics/hgvs/format.ts';
import { proteinChange } from '../../../lib/genomics/hgvs/protein.ts';
import { resolveHgvs } from '../../../lib/genomics/hgvs/resolve.ts';
import { canonicalSpdi } from '../../../lib/genomics/normalise.ts';
import { checkModel, type TranscriptModel } from '../../../lib/genomics/transcript.ts';
import { transcriptsOf } from '../../support/biocommons.ts';
import { whole } from '../../support/windows.ts';

const GENOME = 'NC_000021.9';

/** A transcript of three exons, `[20,50) [70,100) [115,150)` on the genome, whose coding sequence starts and ends inside. */
function model(strand: 1 | -1): TranscriptModel {
  const places = [
    [20, 50],
    [70, 100],
    [115, 150],
  ] as const;
  let tx = 0;
  const exons = (strand === 1 ? places : places.toReversed()).map(([start, end]) => {
    const exon = { start0: interbase(start), end0: interbase(end), txStart0: tx, txEnd0: tx + end - start };
    tx = exon.txEnd0;
    return exon;
  });
  return checkModel({
    accession: 'NM_000001.1',
    assembly: 'GRCh38',
    genomicAccession: GENOME,
    strand,
    exons,
    cds: { txStart0: 10, txEnd0: 85 },
    alignment: 'exact',
  });
}

const bases = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('A', 'C'), minLength, maxLength });

describe('an allele survives being written as HGVS and read again', () => {
  // Two letters make repeats; the edges of exons are at 20, 50, 70, 100, 115 and 150.
  const scene = fc
    .record({ genome: bases(200, 200), at: fc.integer({ min: 30, max: 140 }), size: fc.nat(5), inserted: bases(0, 5) })
    .map(({ genome, at, size, inserted }) => {
      const deleted = genome.slice(at, at + size);
      const allele: Allele = { start0: interbase(at), end0: interbase(at + size), deleted, inserted };
      return { genome, allele };
    })
    .filter(({ allele }) => allele.deleted !== allele.inserted);

  test.prop([scene])('as g.', async ({ genome, allele }) => {
    const sequences = whole(GENOME, genome);
    const text = formatHgvs((await describeGenomic(GENOME, allele, sequences))!);
    const [back] = await resolveHgvs(text, { sequences });
    expect(await canonicalSpdi(GENOME, back!.allele, sequences)).toBe(await canonicalSpdi(GENOME, allele, sequences));
  });

  test.prop([scene, fc.constantFrom(1 as const, -1 as const)], { numRuns: 500 })(
    'as c., on either strand, in exons and introns',
    async ({ genome, allele }, strand) => {
      const sequences = whole(GENOME, genome);
      const transcript = model(strand);
      const described = await describeTranscript(transcript, allele, sequences);
      // Slid out of the transcript: then there is no c.
      fc.pre(described !== undefined);
      const [back] = await resolveHgvs(formatHgvs(described!), { sequences, transcripts: transcriptsOf([transcript]) });
      expect(await canonicalSpdi(GENOME, back!.allele, sequences)).toBe(await canonicalSpdi(GENOME, allele, sequences));
    },
  );
});

describe('protein changes', () => {
  it.each([
    ['MAG*', 'MAG*', false, 1, 'Ala2='],
    ['MAGK*', 'MAVK*', false, 2, 'Gly3Val'],
    ['MAGK*', 'MA*', false, 2, 'Gly3Ter'],
    ['MAGK*', 'MAK*', false, 2, 'Gly3del'],
    ['MAGKL*', 'MAL*', false, 2, 'Gly3_Lys4del'],
    // The 3' rule: the last of equal amino acids is the one that goes or comes.
    ['MAAAK*', 'MAAK*', false, 1, 'Ala4del'],
    ['MAAK*', 'MAAAK*', false, 1, 'Ala3dup'],
    ['MAGK*', 'MAGAGK*', false, 1, 'Ala2_Gly3dup'],
    ['MAGK*', 'MAVGK*', false, 1, 'Ala2_Gly3insVal'],
    ['MAGK*', 'MAVLK*', false, 2, 'Gly3delinsValLeu'],
    ['MAGK*', 'MAVRS*', true, 2, 'Gly3ValfsTer4'],
    ['MAGK*', 'MAVRS', true, 2, 'Gly3ValfsTer?'],
    ['MAGK*', 'MAGKQLV*', false, 4, 'Ter5GlnextTer3'],
    ['MAGK*', 'MAGKQLV', false, 4, 'Ter5GlnextTer?'],
  ])('%s to %s', (before, after, shifted, codon, expected) => {
    expect(proteinChange(before, after, shifted, codon)).toBe(expected);
  });
});
