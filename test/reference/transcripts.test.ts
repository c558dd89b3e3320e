import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { InvalidInputError, UnavailableError } from '../../lib/genomics/errors.ts';
import { resolveHgvs } from '../../lib/genomics/hgvs/resolve.ts';
import { genomicBaseOf, type TranscriptModel, transcriptLength } from '../../lib/genomics/transcript.ts';
import { readChainFile } from '../../lib/reference/chain-files.ts';
import { packChains, unpackChains } from '../../lib/reference/chain-pack.ts';
import { readGff3 } from '../../lib/reference/gff3.ts';
import { localFile } from '../../lib/reference/ranged-file.ts';
import { openTranscripts, writeTranscripts } from '../../lib/reference/transcript-store.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { all, modelsOf } from '../support/transcript-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'transcripts-'));
const db = await openDuckDb({ memoryBytes: 512 << 20, threads: 1, temporary: join(folder, 'spill') });
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const text = (path: string): string => {
  const raw = readFileSync(realFile(path));
  return (raw[0] === 0x1f ? gunzipSync(raw) : raw).toString('utf8');
};
const range = (accession: string, start: number, end: number) => ({
  accession,
  start0: interbase(start),
  end0: interbase(end),
});

describe('RefSeq GFF3', () => {
  // ALMS1's NM_015120.4 has 438 bases in its first exon where GRCh38 has 435; the alignment line is RefSeq's form.
  const line = (type: string, start: number, end: number, attributes: string): string =>
    ['NC_000002.12', 'BestRefSeq', type, start, end, '.', '+', '.', attributes].join('\t');
  const transcript = line(
    'mRNA',
    73_385_758,
    73_408_747,
    'ID=rna-1;Parent=gene-ALMS1;Dbxref=GeneID:7840,HGNC:HGNC:428;Note=The RefSeq transcript has 1 non-frameshifting indel compared to this genomic sequence%2C see;exception=annotated by transcript or proteomic data;gene=ALMS1;transcript_id=NM_015120.4',
  );
  const exons = [
    line('exon', 73_385_758, 73_386_192, 'ID=e1;Parent=rna-1'),
    line('exon', 73_408_622, 73_408_747, 'ID=e2;Parent=rna-1'),
    line('CDS', 73_385_869, 73_386_192, 'ID=c1;Parent=rna-1;protein_id=NP_055935.4'),
    line('CDS', 73_408_622, 73_408_747, 'ID=c1;Parent=rna-1;protein_id=NP_055935.4'),
  ];
  const matches = [
    line('cDNA_match', 73_385_758, 73_386_192, 'ID=aln1;Target=NM_015120.4 1 438 +;Gap=M185 I3 M250'),
    line('cDNA_match', 73_408_622, 73_408_747, 'ID=aln1;Target=NM_015120.4 439 564 +'),
  ];

  it('takes alignments from cDNA_match, gaps included', async () => {
    const [model] = await modelsOf.gff3(['##gff-version 3', transcript, ...exons, ...matches].join('\n'));
    expect(model).toMatchObject({
      accession: 'NM_015120.4',
      gene: 'ALMS1',
      hgnc: 'HGNC:428',
      assembly: 'GRCh38',
      protein: 'NP_055935.4',
      alignment: 'stated',
      cds: { txStart0: 111, txEnd0: 564 },
    });
    expect(transcriptLength(model!)).toBe(564);
    expect(genomicBaseOf(model!, { tx0: 184, offset: 0 })).toBe(73_385_757 + 184);
    expect(genomicBaseOf(model!, { tx0: 185, offset: 0 })).toBeUndefined();
    expect(genomicBaseOf(model!, { tx0: 188, offset: 0 })).toBe(73_385_757 + 185);
  });

  it('does not guess where a gap is', async () => {
    const [model] = await modelsOf.gff3([transcript, ...exons].join('\n'));
    expect(model!.alignment).toBe('unknown');
    expect(() => genomicBaseOf(model!, { tx0: 0, offset: 0 })).toThrow(/does not say how/);
  });

  it('names the damaged line', async () => {
    const bad = all(readGff3([['##gff-version 3'], [transcript, 'NC_1\tx\texon\t9\t3']]));
    await expect(bad).rejects.toThrow(/line 3/);
    await expect(modelsOf.cdot('{}')).rejects.toThrow(InvalidInputError);
    await expect(modelsOf.mane('chr1\t1\n')).rejects.toThrow(InvalidInputError);
  });
});

describe.skipIf(!hasRealData)('real transcript models', async () => {
  if (!hasRealData) return;
  const mane = await modelsOf.mane(text('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz'));
  const cdot = await modelsOf.cdot(text('11_hgvs_spdi_vrs/cdot_brca1_refseq_grch37_grch38.json.gz'));
  const gff = await modelsOf.gff3(text('10_liftover_reference/cdot_refseq_test.GRCh38.p14.gff'));
  const paths = { mane: join(folder, 'mane.parquet'), cdot: join(folder, 'cdot.parquet') };
  await writeTranscripts(db, mane, 'MANE', paths.mane);
  await writeTranscripts(db, cdot, 'cdot 0.2.21', paths.cdot);
  const transcripts = openTranscripts(db, [
    { path: paths.mane, release: 'MANE', assemblies: ['GRCh38'] },
    { path: paths.cdot, release: 'cdot 0.2.21', assemblies: ['GRCh37', 'GRCh38'] },
  ]);
  const shape = ({ genomicAccession, strand, exons, cds, protein }: TranscriptModel) => ({
    genomicAccession,
    strand,
    exons,
    cds,
    protein,
  });

  it('MANE is whole: 19,252 Select and 64 Plus Clinical, less 48 rows outside the primary assembly', () => {
    const refseq = mane.filter(({ accession }) => accession.startsWith('N'));
    const count = Map.groupBy(refseq, (model) => model.mane);
    console.log(`MANE: ${refseq.length} RefSeq models, ${mane.length} with Ensembl's names`);
    expect(count.get('MANE Plus Clinical')).toHaveLength(64);
    expect(refseq.length).toBe(19_268);
    expect(mane).toHaveLength(2 * refseq.length);
    // MANE transcripts are complete: start codon, whole codons, stop codon.
    const uneven = refseq.filter(({ cds }) => cds === undefined || (cds.txEnd0 - cds.txStart0) % 3 !== 0);
    expect(uneven.map(({ gene }) => gene)).toEqual([]);
  });

  it('NM_007294.4 is one model in MANE, cdot and RefSeq GFF3', () => {
    const [one, two, three] = [mane, cdot, gff].map(
      (models) => models.find((model) => model.accession === 'NM_007294.4' && model.assembly === 'GRCh38')!,
    );
    expect(shape(two!)).toEqual(shape(one!));
    expect(shape(three!)).toEqual(shape(one!));
    expect([one!.mane, three!.mane, three!.hgnc]).toEqual(['MANE Select', 'MANE Select', 'HGNC:1100']);
  });

  it('come back from Parquet as they went in', async () => {
    for (const model of [...mane.filter((_, i) => i % 997 === 0), ...cdot]) {
      const found = await transcripts.models(model.accession);
      const same = found.filter(({ genomicAccession }) => genomicAccession === model.genomicAccession);
      expect(same).toHaveLength(1);
      // MANE comes first in the list: its model answers where both have one.
      const first = mane.find((one) => one.accession === model.accession && one.assembly === model.assembly) ?? model;
      expect(same[0]).toEqual(first);
    }
  });

  it('are found by version, gene and interval', async () => {
    expect(await transcripts.versions('NM_007294')).toEqual(['NM_007294.3', 'NM_007294.4']);
    expect(await transcripts.versions('NM_007294.9')).toEqual(['NM_007294.3', 'NM_007294.4']);
    expect(await transcripts.models('NM_007294.9')).toEqual([]);
    expect((await transcripts.models('NM_007294.4')).map(({ assembly }) => assembly).sort()).toEqual([
      'GRCh37',
      'GRCh38',
    ]);
    expect((await transcripts.ofGene('ldlr')).map(({ accession }) => accession).sort()).toEqual([
      'ENST00000558518.6',
      'NM_000527.5',
    ]);
    expect((await transcripts.ofGene('HGNC:1100')).length).toBeGreaterThan(300);
    const over = async (start: number, end: number) =>
      (await transcripts.overlapping(range('NC_000019.10', start, end))).map(({ accession }) => accession);
    expect(await over(11_133_819, 11_133_820)).toContain('NM_000527.5');
    expect(await over(11_133_820, 11_133_821)).not.toContain('NM_000527.5');
    expect(await over(11_089_462, 11_089_462)).toContain('NM_000527.5');
    expect(await transcripts.overlapping(range('NC_000019.9', 11_133_819, 11_133_820))).toEqual([]);
  });

  it('answer 100 different c. descriptions in one query, and again from memory', async () => {
    const chosen = mane
      .filter(({ accession, cds }, i) => accession.startsWith('NM') && cds && i % 380 === 0)
      .slice(0, 100);
    const ask = (models: readonly TranscriptModel[]) =>
      Promise.all(models.map(({ accession }) => resolveHgvs(`${accession}:c.4A>G`, { transcripts })));
    const answers = await ask(chosen);
    expect(answers.map(([answer]) => answer!.accession)).toEqual(chosen.map((model) => model.genomicAccession));
    expect(await ask(chosen)).toEqual(answers);
  });

  it('say which versions are there', async () => {
    await expect(resolveHgvs('NM_000527.4:c.12G>A', { transcripts })).rejects.toThrow(
      'transcript NM_000527.4 is not loaded, loaded are NM_000527.5',
    );
    await expect(resolveHgvs('NM_000001.1:c.12G>A', { transcripts })).rejects.toThrow(/nor is any other version/);
    await expect(resolveHgvs('NM_000527.5:c.12G>A', {})).rejects.toThrow(/genomics reference add --transcripts/);
  });

  it('place the LDLR variant of the operations digest', async () => {
    // ClinVar 237860: NC_000019.10:g.11089560G>A.
    expect(await resolveHgvs('NM_000527.5:c.12G>A', { transcripts })).toEqual([
      {
        accession: 'NC_000019.10',
        allele: { start0: 11_089_559, end0: 11_089_560, deleted: 'G', inserted: 'A' },
        transcript: 'NM_000527.5',
      },
    ]);
  });

  it('fail, and are not empty, when the file is gone', async () => {
    const gone = openTranscripts(db, [{ path: join(folder, 'gone.parquet'), release: 'gone', assemblies: ['GRCh38'] }]);
    await expect(gone.models('NM_000527.5')).rejects.toThrow(UnavailableError);
    await expect(gone.overlapping(range('NC_000019.10', 1, 2))).rejects.toThrow(UnavailableError);
  });
});

describe.skipIf(!hasRealData)('chain files', () => {
  const file = (name: string) => localFile(realFile(`10_liftover_reference/${name}`));

  it('keep every block when they are packed for the archive', async () => {
    const index = await readChainFile({ file: file('hg19ToHg38.over.chain.gz'), from: 'GRCh37', to: 'GRCh38' });
    expect(index.blocks.size).toBe(24);
    const packed = await packChains(index);
    expect(await unpackChains(packed)).toEqual({ ...index, ignored: new Map() });
    packed[packed.length >> 1]! ^= 255;
    await expect(unpackChains(packed)).rejects.toThrow(UnavailableError);
    await expect(unpackChains(packed.subarray(0, 1000))).rejects.toThrow(UnavailableError);
  });

  it('fail when they are gone', async () => {
    const gone = readChainFile({ file: localFile(join(folder, 'gone.chain')), from: 'GRCh38', to: 'GRCh37' });
    await expect(gone).rejects.toThrow(UnavailableError);
  });
});
