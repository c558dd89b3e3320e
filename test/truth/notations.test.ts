import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { describeGenomic } from '../../lib/genomics/hgvs/describe.ts';
import { formatHgvs } from '../../lib/genomics/hgvs/format.ts';
import { looksLikeHgvs } from '../../lib/genomics/hgvs/parse.ts';
import { resolveHgvs } from '../../lib/genomics/hgvs/resolve.ts';
import { alleleOfSpdi, canonicalSpdi, normalise } from '../../lib/genomics/normalise.ts';
import type { Sequences } from '../../lib/genomics/ports.ts';
import { parseSpdi } from '../../lib/genomics/spdi.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { padded, readFasta, windowSequences } from '../support/windows.ts';

const rows = readFileSync(new URL('./notations.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t') as [string, string, string, string]);

/** Canonical SPDI of an allele in any genomic notation. */
async function canonical(text: string, sequences: Sequences): Promise<string> {
  if (!looksLikeHgvs(text)) {
    const spdi = parseSpdi(text);
    return canonicalSpdi(spdi.accession, await alleleOfSpdi(spdi, sequences), sequences);
  }
  const [resolved] = await resolveHgvs(text, { sequences });
  return canonicalSpdi(resolved!.accession, resolved!.allele, sequences);
}

describe.each(rows)('%s', (spdi, others, context) => {
  const [accession = '', start = '', bases = ''] = context.split(':');
  const sequences = windowSequences([padded({ accession, start0: Number(start), bases })]);

  it.each([spdi, ...others.split(' ')])('is %s', async (text) => {
    expect(await canonical(text, sequences)).toBe(spdi);
  });

  it('is described by HGVS that means it again', async () => {
    const allele = await alleleOfSpdi(parseSpdi(spdi));
    const described = await describeGenomic(accession, allele, sequences);
    expect(await canonical(formatHgvs(described!), sequences)).toBe(spdi);
  });
});

describe.skipIf(!hasRealData)('recorded services', () => {
  const text = (path: string): string => readFileSync(realFile(path), 'utf8');
  const vcf = (path: string): string[][] =>
    text(path)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split('\t'));
  const allele = (pos: string, deleted: string, inserted: string) => {
    const start0 = interbase(Number(pos) - 1);
    return { start0, end0: interbase(start0 + deleted.length), deleted, inserted };
  };

  it("NCBI's alleles of its telomere VCF, with the real bases", async () => {
    const chromosome = readFasta(realFile('10_liftover_reference/homo_sapiens_grch38_small.fa.gz')).get('1')!;
    const sequences = windowSequences([{ accession: 'NC_000001.11', start0: 0, bases: chromosome }]);
    const notebook = text('11_hgvs_spdi_vrs/ncbi_spdi_batch.ipynb');
    const recorded = new Set<string>();
    const pattern =
      /"position\\*":(\d+),\\*"deleted_sequence\\*":\\*"([ACGT]*)\\*",\\*"inserted_sequence\\*":\\*"([ACGT]*)\\*"/g;
    for (const [, position, deleted, inserted] of notebook.matchAll(pattern))
      recorded.add(`${position}:${deleted}:${inserted}`);
    const missing: string[] = [];
    const records = vcf('11_hgvs_spdi_vrs/ncbi_variation_services_test.vcf');
    for (const [, pos, , ref, alt] of records) {
      const spdi = await canonicalSpdi('NC_000001.11', allele(pos!, ref!, alt!), sequences);
      if (!recorded.has(spdi.slice('NC_000001.11:'.length))) missing.push(`${pos} ${ref}>${alt} is ${spdi}`);
    }
    console.log(`NCBI: ${records.length - missing.length} of ${records.length} alleles are in the recorded answers`);
    // The notebook printed the full answer for the first record only.
    expect(missing.filter((one) => one.startsWith('10019'))).toEqual([]);
    const first = await canonicalSpdi('NC_000001.11', allele('10019', 'TA', 'T'), sequences);
    expect(first).toBe('NC_000001.11:10019:AA:A');
    const described = await describeGenomic('NC_000001.11', allele('10019', 'TA', 'T'), sequences);
    expect(formatHgvs(described!)).toBe('NC_000001.11:g.10021del');
  });

  it("vrs-python's normalised starts, ends and states of a chr19 VCF", async () => {
    let compared = 0;
    for (const [, pos, , ref, alts, , , info] of vcf('11_hgvs_spdi_vrs/vrs_python_expected_output.grch38.vcf')) {
      const field = (name: string): string[] => new RegExp(`${name}=([^;]*)`).exec(info!)?.[1]?.split(',') ?? [];
      const [starts, ends, states] = [field('VRS_Starts'), field('VRS_Ends'), field('VRS_States')];
      for (const [i, alt] of alts!.split(',').entries()) {
        const [start, end, state] = [starts[i + 1], ends[i + 1], states[i + 1]];
        if (start === undefined || start === '.' || state === undefined) {
          console.log(
            `skipped chr19:${pos} ${ref}>${alt}: ${/VRS_Error=([^;\t]*)/.exec(info!)?.[1] ?? 'no allele of sequence'}`,
          );
          continue;
        }
        const stated = allele(pos!, ref!, alt);
        const size = Number(end) - Number(start);
        // The reference under the answer: REF itself where known, beyond it what the answer's repeat says.
        const growth = alt.length - ref!.length;
        const under =
          growth > 0 ? state.slice(0, size) : size > ref!.length ? state + state.slice(0, -growth) : ref!.slice(-size);
        const before = ref!.slice(0, Number(start) - stated.start0);
        const window = { accession: 'NC_000019.10', start0: Number(start) - before.length, bases: before + under };
        const normalised = await normalise('NC_000019.10', stated, windowSequences([padded(window)]));
        expect([normalised.allele.start0, normalised.allele.end0, normalised.allele.inserted]).toEqual([
          Number(start),
          Number(end),
          state,
        ]);
        compared++;
      }
    }
    console.log(`vrs-python: ${compared} alleles agree`);
    expect(compared).toBe(7);
  });

  it("mutalyzer's normal forms of g. descriptions, where their bases were recorded", async () => {
    const { contig_lengths: lengths, genomic } = JSON.parse(
      text('11_hgvs_spdi_vrs/ferro_mutalyzer_genomic_windows.json'),
    ) as {
      contig_lengths: Record<string, number>;
      genomic: { contig: string; start: number; bases: string }[];
    };
    const windows = genomic.map(({ contig, start, bases }) => ({ accession: contig, start0: start, bases }));
    const sequences = windowSequences(windows, new Map(Object.entries(lengths)));
    const { cases } = JSON.parse(text('11_hgvs_spdi_vrs/ferro_mutalyzer_normalize_cases.json')) as {
      cases: { input: string; normalized?: string }[];
    };
    let [passed, inOtherWords, elsewhere] = [0, 0, 0];
    const [skipped, differing]: [string[], string[]] = [[], []];
    for (const { input, normalized } of cases) {
      if (normalized === undefined || !/^[^:()]+:g\./.test(input) || !sequences.has(input.split(':')[0]!)) {
        elsewhere++;
        continue;
      }
      try {
        const [resolved] = await resolveHgvs(input, { sequences });
        const described = await describeGenomic(resolved!.accession, resolved!.allele, sequences);
        const got = described === undefined ? 'nothing' : formatHgvs(described);
        if (got === normalized) passed++;
        // Mutalyzer writes some insertions as repeats; then the two must mean one allele.
        else if ((await canonical(got, sequences)) === (await canonical(normalized, sequences))) inOtherWords++;
        else differing.push(`${input} is ${got}, not ${normalized}`);
      } catch (error) {
        skipped.push((error as Error).message);
      }
    }
    console.log(
      `mutalyzer: ${passed} agree, ${inOtherWords} in other words, ${elsewhere} are not g. on a recorded sequence, ${skipped.length} skipped:\n  ${skipped.join('\n  ')}`,
    );
    expect(differing).toEqual([]);
  });
});
