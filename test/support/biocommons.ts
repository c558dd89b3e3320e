import { readFileSync } from 'node:fs';
import { sequencesOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { Sequences, Transcripts } from '../../lib/genomics/ports.ts';
import { type AlignmentOp, checkModel, type Exon, type TranscriptModel } from '../../lib/genomics/transcript.ts';
import { type Pickled, readPickle } from './pickle.ts';
import { realFile } from './real-data.ts';
import { type Window, windowSequences } from './windows.ts';

type Row = Readonly<Record<string, unknown>>;

const record = (pairs: unknown): Row => Object.fromEntries(pairs as [string, unknown][]);

/**
 * What the biocommons project's transcript and sequence services answered when its own tests were recorded: exon
 * alignments with CIGARs (splign only), coding regions, and the bases that were asked for.
 */
export function biocommonsRecording(): {
  transcripts: Transcripts;
  sequences: Sequences;
  models: readonly TranscriptModel[];
} {
  const pickle = readPickle(readFileSync(realFile('11_hgvs_spdi_vrs/hgvs_cache-py3.hdp'))) as [Pickled, unknown][];
  const windows: Window[] = [];
  const exonRows = new Map<string, Row[]>();
  const coding = new Map<string, Row>();
  const lengths = new Map<string, number>();
  const proteins = new Map<string, string>();
  for (const [key, answer] of pickle) {
    const asked = key.items.length > 0 ? key.items : ((key.args as unknown[])[0] as unknown[]);
    const name = asked[asked.indexOf('__func__') + 1];
    const [accession, second, third] = asked as [string, unknown, unknown];
    if (answer === null) continue;
    if (name === 'get_seq') {
      const start = typeof second === 'number' ? second : 0;
      windows.push({ accession, start0: start, bases: String(answer) });
      if (typeof third !== 'number' && typeof second !== 'number') lengths.set(accession, String(answer).length);
    }
    if (name === 'get_tx_exons' && third === 'splign')
      exonRows.set(`${accession} ${second}`, (answer as unknown[]).map(record));
    if (name === 'get_tx_identity_info') {
      coding.set(accession, record(answer));
      lengths.set(
        accession,
        (record(answer)['lengths'] as number[]).reduce((a, b) => a + b, 0),
      );
    }
    if (name === 'get_tx_info') coding.set(accession, record(answer));
    if (name === 'get_pro_ac_for_tx_ac') proteins.set(accession, String(answer));
  }
  const models = [...exonRows].flatMap(([key, rows]) => {
    const [accession, genomicAccession] = key.split(' ') as [string, string];
    const [chromosome] = sequencesOf(genomicAccession);
    if (chromosome === undefined) return [];
    const exons = rows.map(exonOf).sort((a, b) => a.txStart0 - b.txStart0);
    const info = coding.get(accession);
    const [start, end] = [info?.['cds_start_i'], info?.['cds_end_i']];
    const protein = proteins.get(accession);
    const model: TranscriptModel = {
      accession,
      gene: String(rows[0]?.['hgnc']),
      assembly: chromosome.assembly,
      genomicAccession,
      strand: rows[0]?.['alt_strand'] === -1 ? -1 : 1,
      exons,
      ...(typeof start === 'number' && typeof end === 'number' ? { cds: { txStart0: start, txEnd0: end } } : {}),
      ...(protein === undefined ? {} : { protein }),
      alignment: 'stated',
    };
    try {
      return [checkModel(model)];
    } catch (error) {
      console.log(`recording: ${(error as Error).message}, left out`);
      return [];
    }
  });
  for (const { accession, exons } of models) lengths.set(accession, exons.at(-1)!.txEnd0);
  return { transcripts: transcriptsOf(models), sequences: joined(windows, lengths), models };
}

/** UTA counts from the genome: its D is missing on the genome, its I in the transcript. */
const OPS = { '=': 'M', X: 'M', M: 'M', D: 'I', I: 'D', N: 'D' } as const;

function exonOf(row: Row): Exon {
  const ops = [...String(row['cigar']).matchAll(/(\d+)([=XMDIN])/g)].map(
    ([, length, op]): AlignmentOp => ({ op: OPS[op as keyof typeof OPS], length: Number(length) }),
  );
  const gapless = ops.every(({ op }) => op === 'M');
  return {
    txStart0: Number(row['tx_start_i']),
    txEnd0: Number(row['tx_end_i']),
    start0: interbase(Number(row['alt_start_i'])),
    end0: interbase(Number(row['alt_end_i'])),
    ...(gapless ? {} : { alignment: ops }),
  };
}

/** Windows that touch are joined, so that a reader may ask for more than was asked for at once when recording. */
function joined(windows: readonly Window[], lengths: ReadonlyMap<string, number>): Sequences {
  const merged: { accession: string; start0: number; bases: string }[] = [];
  const order = [...windows].sort(
    (a, b) => a.accession.localeCompare(b.accession) || a.start0 - b.start0 || b.bases.length - a.bases.length,
  );
  for (const window of order) {
    const last = merged.at(-1);
    const end = last === undefined ? 0 : last.start0 + last.bases.length;
    if (last === undefined || last.accession !== window.accession || window.start0 > end) merged.push({ ...window });
    else last.bases += window.bases.slice(end - window.start0);
  }
  return windowSequences(merged, lengths);
}

/** Models in memory. */
export function transcriptsOf(models: readonly TranscriptModel[]): Transcripts {
  const byAccession = Map.groupBy(models, ({ accession }) => accession);
  const byBase = Map.groupBy(byAccession.keys(), (accession) => accession.split('.')[0]!);
  return {
    release: 'in memory',
    assemblies: [...new Set(models.map(({ assembly }) => assembly))],
    models: async (accession) => byAccession.get(accession) ?? [],
    versions: async (accession) => (byBase.get(accession.split('.')[0]!) ?? []).toSorted(),
    ofGene: async (gene) => models.filter((model) => model.gene === gene || model.hgnc === gene),
    ofProtein: async (protein) => models.filter((model) => model.protein === protein),
    overlapping: async ({ accession, start0, end0 }) =>
      models.filter(
        ({ genomicAccession, exons }) =>
          genomicAccession === accession &&
          Math.min(...exons.map((exon) => exon.start0)) < end0 &&
          Math.max(...exons.map((exon) => exon.end0)) > start0,
      ),
  };
}
