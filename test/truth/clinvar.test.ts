import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { trim } from '../../lib/genomics/allele.ts';
import { parseChains } from '../../lib/genomics/chain.ts';
import { describeTranscript } from '../../lib/genomics/hgvs/describe.ts';
import { formatHgvs } from '../../lib/genomics/hgvs/format.ts';
import { parseHgvs } from '../../lib/genomics/hgvs/parse.ts';
import { type ResolvedAllele, resolveHgvs } from '../../lib/genomics/hgvs/resolve.ts';
import { liftAllele } from '../../lib/genomics/liftover.ts';
import { genomicBaseOf, transcriptLength, transcriptPositionOf } from '../../lib/genomics/transcript.ts';
import { transcriptsOf } from '../support/biocommons.ts';
import { between, pick, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { tally } from '../support/tally.ts';
import { modelsOf } from '../support/transcript-files.ts';

const text = (path: string): string => {
  const raw = readFileSync(realFile(path));
  return (raw[0] === 0x1f ? gunzipSync(raw) : raw).toString('utf8');
};

describe.skipIf(!hasRealData)('ClinVar variants on MANE and on the BRCA1 transcripts of cdot', async () => {
  if (!hasRealData) return;
  const models = [
    ...(await modelsOf.mane(text('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz'))),
    ...(await modelsOf.cdot(text('11_hgvs_spdi_vrs/cdot_brca1_refseq_grch37_grch38.json.gz'))),
  ];
  const transcripts = transcriptsOf(models);
  const up = parseChains(text('10_liftover_reference/hg19ToHg38.over.chain.gz'), 'GRCh37', 'GRCh38');
  const shown = ({ accession, allele }: ResolvedAllele): string => {
    const { start0, deleted, inserted } = trim(allele.start0, allele.deleted, allele.inserted);
    return `${accession}:${start0}:${deleted}:${inserted}`;
  };
  /** Groups of descriptions of one variant: its g. on one or both assemblies and its c. on some transcripts. */
  const groups: string[][] = [
    ...text('11_hgvs_spdi_vrs/hgvs_clinvar.gz')
      .split('\n')
      .slice(1)
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => (line.split('\t')[2] ?? '').trim().split(' ')),
    ...['cdot_clinvar_hgvs_500.tsv', 'cdot_clinvar_hgvs_ensembl.tsv'].flatMap((file) =>
      text(`11_hgvs_spdi_vrs/${file}`)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t')),
    ),
    ...[37, 38].flatMap((build) =>
      text(`07_knowledge/clinvar/clinvar_750.single.b${build}.tsv.gz`)
        .split('\n')
        .slice(1)
        .filter((line) => line !== '')
        .map((line) => {
          const [chrom = '', pos = '', ref = '', alt = '', , , , , , , , , , c = ''] = line.split('\t');
          const accession = models.find(
            ({ assembly, genomicAccession }) =>
              assembly === 'GRCh38' &&
              genomicAccession.startsWith(
                `NC_${(chrom === 'X' ? '23' : chrom === 'Y' ? '24' : chrom).padStart(6, '0')}.`,
              ),
          )?.genomicAccession;
          const simple = ref.length === 1 && alt.length === 1 && build === 38 && accession !== undefined;
          return simple ? [`${accession}:g.${pos}${ref}>${alt}`, c] : [];
        }),
    ),
  ];

  it('c. is the g. of the same line, on each assembly that has the transcript, and lifts from one to the other', async () => {
    const [count, lifts] = [tally(), tally()];
    for (const group of groups) {
      const genomic = group.filter((one) => one.includes(':g.'));
      for (const c of group.filter((one) => /:[cn]\./.test(one))) {
        let found: readonly ResolvedAllele[];
        try {
          found = await resolveHgvs(c, { transcripts });
        } catch (error) {
          const reason = (error as Error).message.replace(/^'[^']*'[: ]*/, '');
          count.skip(
            /is not loaded, (nor|loaded)/.test(reason)
              ? 'its transcript version is in no file here'
              : reason.replace(/NC_\d+\.\d+/, 'NC_...'),
            c,
          );
          continue;
        }
        for (const one of found) {
          const g = genomic.find((text) => text.startsWith(`${one.accession}:`));
          if (g === undefined) {
            count.skip('the line has no g. on that assembly', c);
            continue;
          }
          const written = parseHgvs(g);
          const expected = await resolveHgvs(g, {}).catch((error: Error) => error.message);
          if (typeof expected === 'string') count.skip('its g. does not state the bases, and no genome is here', g);
          else if (shown(expected[0]!) === shown(one)) count.pass();
          else if (written.edit.kind !== 'substitution')
            count.skip('an insertion or deletion in a repeat, and no genome is here to slide it', c);
          else if (written.edit.kind === 'substitution' && /=$/.test(c)) count.skip('c.= where the genome differs', c);
          else count.differ(`${c} ${g}`, shown(one));
        }
        const [b37, b38] = [
          found.find((one) => one.accession === 'NC_000017.10'),
          found.find((one) => one.accession === 'NC_000017.11'),
        ];
        if (b37 === undefined || b38 === undefined) continue;
        const lifted = await liftAllele(up, b37.accession, b37.allele);
        if (!lifted.lifted) lifts.skip(lifted.reason, c);
        else if (shown(lifted) === shown(b38)) lifts.pass();
        else lifts.differ(c, shown(lifted));
      }
    }
    count.print('ClinVar c. = g.');
    lifts.print('ClinVar c. on GRCh37, lifted, = c. on GRCh38');
    expect(count.differing).toEqual([]);
    expect(lifts.differing).toEqual([]);
    expect(count.passed).toBeGreaterThan(200);
  });

  it('g. to c. to g. is the same base, on 300 transcripts of MANE', async () => {
    const random = seeded(300);
    for (let n = 0; n < 300; n++) {
      const model = pick(random, models);
      const [low, high] = [
        Math.min(...model.exons.map((one) => one.start0)),
        Math.max(...model.exons.map((one) => one.end0)),
      ];
      for (let i = 0; i < 5; i++) {
        const base0 =
          i < 3
            ? between(random, low, high - 1)
            : genomicBaseOf(model, { tx0: between(random, 0, transcriptLength(model) - 1), offset: 0 })!;
        const position = transcriptPositionOf(model, base0);
        if (position === undefined) continue;
        expect(genomicBaseOf(model, position)).toBe(base0);
        const allele = { start0: base0, end0: base0 + 1, deleted: 'A', inserted: 'G' } as Parameters<
          typeof describeTranscript
        >[1];
        const described = formatHgvs((await describeTranscript(model, allele))!);
        const back = await resolveHgvs(described, { transcripts: transcriptsOf([model]) });
        expect(shown(back[0]!)).toBe(`${model.genomicAccession}:${base0}:A:G`);
      }
    }
  });
});
