import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Allele, reverseComplement, trim } from '../../../lib/genomics/allele.ts';
import { placedOn } from '../../../lib/genomics/consequence/gene-structure.ts';
import { predictConsequences } from '../../../lib/genomics/consequence/predict.ts';
import { type Interbase, interbase } from '../../../lib/genomics/coordinates.ts';
import { CannotAnswerError } from '../../../lib/genomics/errors.ts';
import { move, normalise, slides } from '../../../lib/genomics/normalise.ts';
import type { Sequences } from '../../../lib/genomics/ports.ts';
import { checkModel, type TranscriptModel } from '../../../lib/genomics/transcript.ts';
import { whole } from '../../support/windows.ts';
import { namesOf, predicted } from './predicted-terms.ts';

//          0         1         2         3         4         5         6         7         8
//          0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567
const BASES = 'TTTTTTTTCCAGCATGGCATGTGAACGTAAGTCTTTTTTTTTTTTTTTTTTCTCTAGGATTGGCTTAAGTTTCCTTTTTTTTTTTTT';
const EXONS = [
  [8, 26],
  [57, 78],
] as const;
// c.1 is the A of ATG at 13; the stop TAA is at 65.
const CODING = { from: 13, to: 68 };

const ACCESSION = 'gene';

/** The gene above, or the same gene on the other strand of the other sequence. */
function gene(bases: string, exons: readonly (readonly [number, number])[], coding: typeof CODING, strand: 1 | -1) {
  const flip = (at: number): Interbase => interbase(strand === 1 ? at : bases.length - at);
  let tx = 0;
  let cds = { txStart0: 0, txEnd0: 0 };
  const placed = exons.map(([from, to]) => {
    if (from <= coding.from && coding.from < to) cds = { ...cds, txStart0: tx + coding.from - from };
    if (from < coding.to && coding.to <= to) cds = { ...cds, txEnd0: tx + coding.to - from };
    const exon = { txStart0: tx, txEnd0: tx + to - from };
    tx = exon.txEnd0;
    const [start0, end0] = strand === 1 ? [flip(from), flip(to)] : [flip(to), flip(from)];
    return { ...exon, start0, end0 };
  });
  const model: TranscriptModel = checkModel({
    ...{ accession: 'NM_1.1', assembly: 'GRCh38', genomicAccession: ACCESSION, protein: 'NP_1.1' },
    ...{ strand, exons: placed, cds, alignment: 'exact' },
  });
  const sequence = strand === 1 ? bases : reverseComplement(bases);
  return { model, sequences: whole(ACCESSION, sequence), sequence };
}

async function termsOf(model: TranscriptModel, allele: Allele, sequences: Sequences): Promise<string> {
  const normalised = await normalise(ACCESSION, allele, sequences);
  const trimmed = trim(allele.start0, allele.deleted, allele.inserted);
  const context = slides(trimmed) ? normalised.allele : undefined;
  const found = await predictConsequences(model, placedOn(model, trimmed, context), sequences);
  return namesOf(found?.consequences ?? ['none']).join('&');
}

describe('consequences of a small gene', () => {
  const { model, sequences } = gene(BASES, EXONS, CODING, 1);

  // Read off the sequence above by hand.
  it.each([
    [0, 'T', 'A', 'none'],
    [9, 'C', 'A', '5_prime_UTR_variant'],
    [13, 'A', 'G', 'start_lost'],
    [15, 'G', 'GA', 'frameshift_variant'],
    [17, 'C', 'T', 'missense_variant'],
    [18, 'A', 'T', 'synonymous_variant'],
    [21, 'T', 'A', 'stop_gained'],
    [16, 'GCA', '', 'inframe_deletion'],
    [16, 'GC', '', 'frameshift_variant'],
    [25, 'C', 'G', 'missense_variant&splice_region_variant'],
    [26, 'G', 'A', 'splice_donor_variant'],
    [30, 'G', 'A', 'splice_donor_5th_base_variant&intron_variant'],
    [28, 'A', 'C', 'splice_donor_region_variant&intron_variant'],
    [32, 'C', 'A', 'splice_region_variant&intron_variant'],
    [36, 'T', 'A', 'intron_variant'],
    [42, 'T', 'A', 'splice_polypyrimidine_tract_variant&intron_variant'],
    [55, 'A', 'C', 'splice_acceptor_variant'],
    [65, 'T', 'C', 'stop_lost'],
    [67, 'A', 'G', 'stop_retained_variant'],
    [70, 'T', 'C', '3_prime_UTR_variant'],
    [5, BASES.slice(5, 80), '', 'transcript_ablation'],
  ] as const)('%i %s>%s is %s', async (start0, ref, alt, expected) => {
    const found = await predicted(model, { position: start0 + 1, ref, alt }, sequences);
    expect(namesOf(found?.consequences ?? ['none']).join('&')).toBe(expected);
  });

  it('are told as far as they can be without bases, and say so', async () => {
    const none: Sequences = {
      release: '',
      has: () => false,
      length: async () => 0,
      sequence: async () => {
        throw new CannotAnswerError('not loaded');
      },
    };
    const told = async (start0: number, ref: string, alt: string) => {
      const found = await predicted(model, { position: start0 + 1, ref, alt }, none);
      return [namesOf(found?.consequences ?? []).join('&'), (found?.possible.length ?? 0) > 0];
    };
    expect(await told(17, 'C', 'T')).toEqual(['coding_sequence_variant', true]);
    expect(await told(16, 'GC', '')).toEqual(['frameshift_variant', false]);
    expect(await told(13, 'AT', '')).toEqual(['coding_sequence_variant', true]);
    expect(await told(26, 'G', 'A')).toEqual(['splice_donor_variant', false]);
  });

  it('are not told from a REF that the reference does not have', async () => {
    const found = await predicted(model, { position: 18, ref: 'G', alt: 'T' }, sequences);
    expect([namesOf(found?.consequences ?? []), (found?.possible.length ?? 0) > 0]).toEqual([
      ['coding_sequence_variant'],
      true,
    ]);
  });
});

const bases = (from: number, to: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), minLength: from, maxLength: to });

/** Two exons around an intron; a start codon, whole codons and a stop. Repeats abound, so that much slides. */
const GENES = fc
  .record({
    before: bases(3, 6),
    first: bases(2, 9),
    intron: fc
      .tuple(fc.constantFrom('GT', 'GG'), bases(2, 30), fc.constantFrom('AG', 'GG'))
      .map((parts) => parts.join('')),
    second: bases(3, 12),
    after: bases(5, 12),
  })
  .map(({ before, first, intron, second, after }) => {
    const coding = `ATG${first}`;
    const rest = second.slice(0, second.length - ((coding.length + second.length) % 3));
    const sequence = `GGC${before}${coding}${intron}${rest}TAA${after}CGG`;
    const [a, b] = [3, 3 + before.length + coding.length];
    const [c, d] = [b + intron.length, b + intron.length + rest.length + 3 + after.length];
    const from = a + before.length;
    return {
      sequence,
      exons: [
        [a, b],
        [c, d],
      ] as const,
      coding: { from, to: c + rest.length + 3 },
    };
  });

const EDITS = fc.record({ at: fc.nat(), deleted: fc.integer({ min: 0, max: 7 }), inserted: bases(0, 7) });

function editOf(
  sequence: string,
  { at, deleted, inserted }: { at: number; deleted: number; inserted: string },
): Allele {
  const start = at % sequence.length;
  const end = Math.min(sequence.length, start + deleted);
  return { start0: interbase(start), end0: interbase(end), deleted: sequence.slice(start, end), inserted };
}

describe('consequences', () => {
  test.prop([GENES, EDITS])('are the same however an insertion or deletion is stated', async (made, edit) => {
    const { model, sequences, sequence } = gene(made.sequence, made.exons, made.coding, 1);
    const allele = editOf(sequence, edit);
    const trimmed = trim(allele.start0, allele.deleted, allele.inserted);
    fc.pre(slides(trimmed));
    const { start0, end0 } = (await normalise(ACCESSION, allele, sequences)).allele;
    const expected = await termsOf(model, trimmed, sequences);
    for (let by = start0 - trimmed.start0; by <= end0 - trimmed.end0; by++) {
      expect(await termsOf(model, move(trimmed, by), sequences)).toBe(expected);
    }
  });

  test.prop([GENES, EDITS])('are the same on the other strand', async (made, edit) => {
    const forward = gene(made.sequence, made.exons, made.coding, 1);
    const reverse = gene(made.sequence, made.exons, made.coding, -1);
    const { start0, end0, deleted, inserted } = editOf(made.sequence, edit);
    const length = made.sequence.length;
    const mirrored = {
      ...{ start0: interbase(length - end0), end0: interbase(length - start0) },
      ...{ deleted: reverseComplement(deleted), inserted: reverseComplement(inserted) },
    };
    fc.pre(deleted !== inserted);
    const here = await termsOf(forward.model, { start0, end0, deleted, inserted }, forward.sequences);
    expect(await termsOf(reverse.model, mirrored, reverse.sequences)).toBe(here);
  });
});
