import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trim } from '../../lib/genomics/allele.ts';
import { describeTranscript } from '../../lib/genomics/hgvs/describe.ts';
import { formatHgvs } from '../../lib/genomics/hgvs/format.ts';
import { parseHgvs } from '../../lib/genomics/hgvs/parse.ts';
import { describeProtein } from '../../lib/genomics/hgvs/protein.ts';
import { type HgvsSources, type ResolvedAllele, resolveHgvs } from '../../lib/genomics/hgvs/resolve.ts';
import { normalise } from '../../lib/genomics/normalise.ts';
import { biocommonsRecording } from '../support/biocommons.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { tally } from '../support/tally.ts';

const DATA = '11_hgvs_spdi_vrs';

interface Row {
  readonly id: string;
  readonly g: string;
  readonly c: string;
  readonly p: string;
}

describe.skipIf(!hasRealData)("biocommons' tables of one variant in g., c. and p.", () => {
  if (!hasRealData) return;
  const recording = biocommonsRecording();
  const rows: Row[] = readdirSync(realFile(`${DATA}/biocommons_gcp`)).flatMap((file) =>
    readFileSync(realFile(`${DATA}/biocommons_gcp/${file}`), 'utf8')
      .split('\n')
      .slice(1)
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [id = '', g = '', c = '', p = ''] = line.split('\t').map((field) => field.trim());
        return { id, g, c, p };
      }),
  );

  /** With the recorded genome where it was recorded; substitutions need none. */
  const resolve = async (text: string): Promise<{ found: readonly ResolvedAllele[]; sources: HgvsSources }> => {
    try {
      // The tables are of GRCh37.
      const sources = { ...recording, assemblies: ['GRCh37'] } as const;
      return { found: await resolveHgvs(text, sources), sources };
    } catch (error) {
      if (!(error as Error).message.endsWith('are not known')) throw error;
      const sources = { transcripts: recording.transcripts, assemblies: ['GRCh37'] } as const;
      return { found: await resolveHgvs(text, sources), sources };
    }
  };
  const trimmed = ({ allele }: ResolvedAllele): string => {
    const { start0, deleted, inserted } = trim(allele.start0, allele.deleted, allele.inserted);
    return deleted === inserted ? 'no change' : `${start0}:${deleted}:${inserted}`;
  };
  const canonical = async ({ accession, allele }: ResolvedAllele): Promise<string> => {
    const { reference, allele: normal } = await normalise(accession, allele, recording.sequences);
    return `${reference} ${normal.start0}:${normal.deleted}:${normal.inserted}`;
  };
  const reasonOf = (error: unknown): string =>
    (error as Error).message
      .replace(/^'[^']*'[: ]*/, '')
      .replace(/the bases of \S+ are not known/, 'its genomic bases were not recorded');

  it('c. and g. are one allele', async () => {
    const count = tally();
    for (const { id, g, c } of rows) {
      try {
        const [[genomic], projected] = [(await resolve(g)).found, (await resolve(c)).found];
        const same = projected.find(({ accession }) => accession === genomic!.accession);
        if (same === undefined) count.skip(`no alignment to ${genomic!.accession} was recorded`, c);
        else if (trimmed(same) === trimmed(genomic!)) count.pass();
        else if ((await canonical(same)) === (await canonical(genomic!))) count.pass();
        else count.differ(`${id} ${g} ${c}`, `${trimmed(same)}, not ${trimmed(genomic!)}`);
      } catch (error) {
        count.skip(reasonOf(error), c);
      }
    }
    count.print('biocommons g. = c.');
    expect(count.differing).toEqual([]);
    expect(count.passed).toBeGreaterThanOrEqual(638);
  });

  it('g. is described as its c., and as its p.', async () => {
    const [cCount, pCount] = [tally(), tally()];
    for (const { id, g, c, p } of rows) {
      const [genomic = ''] = g.split(':');
      const written = parseHgvs(c);
      const models = await recording.transcripts.models(written.accession);
      const model = models.find(({ genomicAccession }) => genomicAccession === genomic);
      if (model === undefined) {
        cCount.skip(`${written.accession} on ${genomic} was not recorded`, c);
        continue;
      }
      const { found, sources } = await resolve(g);
      const { allele } = found[0]!;
      const slides = /ins|dup|del/.test(c);
      if (slides && sources.sequences === undefined) {
        cCount.skip('its genomic bases were not recorded, so nothing can slide', c);
        continue;
      }
      const described = await describeTranscript(model, allele, slides ? sources.sequences : undefined).catch(reasonOf);
      const got = typeof described === 'string' ? described : formatHgvs(described!);
      if (got === formatHgvs(written)) cCount.pass();
      else if (typeof described === 'string') cCount.skip(described, c);
      // HGVS ranks an inversion before a deletion-insertion; the table is older.
      else if (described?.edit.kind === 'inversion') cCount.skip('an inversion of two bases, written as delins', c);
      else cCount.differ(`${id} ${g} ${c}`, got);
      if (p === '') continue;
      const protein = await describeProtein({ ...model, protein: p.split(':')[0]! }, allele, recording.sequences).catch(
        reasonOf,
      );
      // The table writes `*` or `Ter`, predictions with and without parentheses, and sometimes no distance after fs.
      const expected = p.replaceAll('*', 'Ter').replace(/p\.([^(?].*)$/, 'p.($1)');
      if (protein === expected) pCount.pass();
      else if (expected.endsWith('fs)') && protein?.replace(/Ter\d+\)$/, ')') === expected) pCount.pass();
      else pCount.differ(`${id} ${c} ${p}`, String(protein));
    }
    cCount.print('biocommons g. to c.');
    pCount.print('biocommons g. to p.');
    expect(cCount.differing).toEqual([]);
    expect(pCount.differing).toEqual([]);
    expect(cCount.passed).toBeGreaterThanOrEqual(520);
    expect(pCount.passed).toBeGreaterThanOrEqual(158);
  });

  it('changes beside and over alignment gaps are placed as the table has them', async () => {
    const count = tally();
    const lines = readFileSync(realFile(`${DATA}/proj-near-disc.tsv`), 'utf8').split('\n');
    for (const line of lines.filter((one) => one !== '' && !one.startsWith('#'))) {
      const [, , n = '', g = ''] = line.split('\t');
      const [genomic] = await resolveHgvs(g, recording);
      const projected = await resolveHgvs(n, recording);
      const same = projected.find(({ accession }) => accession === genomic!.accession)!;
      if (trimmed(same) === trimmed(genomic!)) count.pass();
      else count.differ(line, trimmed(same));
    }
    count.print('biocommons near alignment discrepancies');
    expect(count.differing).toEqual([]);
    expect(count.passed).toBe(34);
  });

  it('every recorded model takes each of its positions to the genome and back', async () => {
    const { genomicBaseOf, transcriptPositionOf, transcriptLength } = await import('../../lib/genomics/transcript.ts');
    let positions = 0;
    for (const model of recording.models) {
      for (let tx0 = 0; tx0 < transcriptLength(model); tx0 += 7) {
        const base0 = genomicBaseOf(model, { tx0, offset: 0 });
        if (base0 === undefined) continue;
        positions++;
        expect(transcriptPositionOf(model, base0)).toEqual({ tx0, offset: 0 });
      }
      for (const [i, exon] of model.exons.entries()) {
        const next = model.exons[i + 1];
        if (next === undefined) continue;
        const intron = model.strand === 1 ? next.start0 - exon.end0 : exon.start0 - next.end0;
        for (const offset of [1, 2, Math.ceil(intron / 2)].filter((one) => one <= intron / 2)) {
          for (const position of [
            { tx0: exon.txEnd0 - 1, offset },
            { tx0: next.txStart0, offset: -offset },
          ]) {
            if (offset * 2 === intron + 1) continue;
            positions++;
            expect(transcriptPositionOf(model, genomicBaseOf(model, position)!)).toEqual(position);
          }
        }
      }
    }
    console.log(`${recording.models.length} models, ${positions} positions there and back`);
    expect(positions).toBeGreaterThan(40_000);
  });
});
