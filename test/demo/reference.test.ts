import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDemo } from '../../lib/cli/demo.ts';
import { sequenceOf, sequencesOf } from '../../lib/genomics/assembly.ts';
import { type ChainIndex, liftBase, parseChains } from '../../lib/genomics/chain.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { normalise } from '../../lib/genomics/normalise.ts';
import type { TranscriptModel } from '../../lib/genomics/transcript.ts';
import type { Reference } from '../../lib/operations/ports.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { modelsOf } from '../support/transcript-files.ts';
import { csvRows, demoText } from './demo-files.ts';

const VARIANTS = csvRows(demoText('variants.csv'));
const CHAINS = {
  GRCh37: parseChains(demoText('reference/grch37-to-grch38.chain'), 'GRCh37', 'GRCh38'),
  GRCh38: parseChains(demoText('reference/grch38-to-grch37.chain'), 'GRCh38', 'GRCh37'),
} as const;

/** `10-96521657-C-T` of an assembly. */
function place(assembly: 'GRCh37' | 'GRCh38', text: string) {
  const [chromosome = '', position, ref = '', alt = ''] = text.split('-');
  const accession = sequenceOf(assembly, chromosome as '1')?.accession ?? '';
  return { accession, start0: interbase(Number(position) - 1), ref, alt };
}

describe('the chains of the demo', () => {
  it.each(VARIANTS.filter(({ grch37, grch38, gene }) => grch37 && grch38 && !gene?.startsWith('MT-')))(
    'lead from $grch37 to $grch38 and back ($gene)',
    ({ grch37 = '', grch38 = '' }) => {
      const [old, now] = [place('GRCh37', grch37), place('GRCh38', grch38)];
      expect(liftBase(CHAINS.GRCh37, old.accession, old.start0)).toMatchObject([
        { accession: now.accession, base0: now.start0 },
      ]);
      expect(liftBase(CHAINS.GRCh38, now.accession, now.start0)).toMatchObject([
        { accession: old.accession, base0: old.start0 },
      ]);
    },
  );

  it.runIf(hasRealData)(
    'say what the chains of UCSC and of Ensembl say',
    () => {
      const real = (name: string, from: 'GRCh37' | 'GRCh38'): ChainIndex =>
        parseChains(
          gunzipSync(readFileSync(realFile(`10_liftover_reference/${name}`))).toString('latin1'),
          from,
          from === 'GRCh37' ? 'GRCh38' : 'GRCh37',
        );
      const published = {
        GRCh37: [real('hg19ToHg38.over.chain.gz', 'GRCh37'), real('GRCh37_to_GRCh38.ensembl.chain.gz', 'GRCh37')],
        GRCh38: [real('hg38ToHg19.over.chain.gz', 'GRCh38'), real('GRCh38_to_GRCh37.ensembl.chain.gz', 'GRCh38')],
      };
      const differing: string[] = [];
      let asked = 0;
      for (const assembly of ['GRCh37', 'GRCh38'] as const) {
        for (const [accession, { starts, ends }] of CHAINS[assembly].blocks) {
          starts.forEach((start, i) => {
            const end = ends[i] as number;
            for (let base = start; base < end; base += 97) {
              for (const at of [base, end - 1]) {
                const own = liftBase(CHAINS[assembly], accession, at).map(({ chain: _, ...to }) => to);
                for (const index of published[assembly]) {
                  const theirs = liftBase(index, accession, at).map(({ chain: _, ...to }) => to);
                  if (!theirs.some((to) => isDeepStrictEqual(to, own[0]))) differing.push(`${accession}:${at}`);
                }
                asked++;
              }
            }
          });
        }
      }
      expect(differing).toEqual([]);
      expect(asked).toBeGreaterThan(10_000);
    },
    60_000,
  );
});

describe('the transcripts of the demo', async () => {
  const models = await modelsOf.cdot(demoText('reference/transcripts.json'));
  const genes = new Set(VARIANTS.map(({ gene = '' }) => gene).filter((gene) => !gene.startsWith('MT-')));

  it('are of every gene, in both assemblies', () => {
    for (const assembly of ['GRCh37', 'GRCh38']) {
      const found = new Set(models.filter((model) => model.assembly === assembly).map(({ gene }) => gene));
      expect(found).toEqual(genes);
    }
  });

  it('have exons that lie in GRCh37 where the chains lead', () => {
    const key = ({ accession }: TranscriptModel) => accession;
    const old = new Map(models.filter(({ assembly }) => assembly === 'GRCh37').map((model) => [key(model), model]));
    for (const model of models.filter(({ assembly }) => assembly === 'GRCh38')) {
      model.exons.forEach((exon, i) => {
        const there = old.get(key(model))?.exons[i];
        for (const [from, to] of [
          [exon.start0, there?.start0 ?? 0],
          [exon.end0 - 1, (there?.end0 ?? 0) - 1],
        ] as const) {
          expect(liftBase(CHAINS.GRCh38, model.genomicAccession, from)[0]?.base0, model.accession).toBe(to);
        }
      });
    }
  });

  it.runIf(hasRealData)('are those of MANE, base for base', async () => {
    const text = gunzipSync(readFileSync(realFile('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz'))).toString();
    const mane = new Map((await modelsOf.mane(text)).map((model) => [model.accession, model]));
    const known = models.filter(({ assembly }) => assembly === 'GRCh38');
    for (const { hgnc, alignment: _, ...model } of known) {
      const { alignment: __, ...published } = mane.get(model.accession) as TranscriptModel;
      expect(model).toEqual(published);
      expect(hgnc).toMatch(/^HGNC:\d+$/);
    }
    // Every MANE transcript of these genes, Plus Clinical included.
    const all = [...mane.values()].filter(({ gene = '', accession }) => genes.has(gene) && accession.startsWith('NM_'));
    expect(known.map(({ accession }) => accession).toSorted()).toEqual(
      all.map(({ accession }) => accession).toSorted(),
    );
  });
});

describe('the windows of sequence of the demo', () => {
  let local: TemporaryArchive;
  let loaded: Reference;
  beforeAll(async () => {
    local = await temporaryArchive();
    await loadDemo(local);
    loaded = await local.ports.reference();
  }, 120_000);
  afterAll(() => local.remove());

  const sliding = VARIANTS.flatMap(({ gene = '', name = '', grch37 = '', grch38 = '' }) =>
    (['GRCh37', 'GRCh38'] as const).flatMap((assembly) => {
      const text = assembly === 'GRCh37' ? grch37 : grch38;
      if (text === '' || !['BRCA1', 'BRCA2', 'CFTR'].includes(gene)) return [];
      const { accession, start0, ref, alt } = place(assembly, text);
      return ref.length === alt.length ? [] : [{ assembly, gene, name, accession, start0, ref, alt }];
    }),
  );

  it.each(sliding)(
    'have the reference of $gene $name in $assembly, and let it be normalised',
    async ({ accession, start0, ref, alt }) => {
      const { sequences } = loaded;
      const allele = { start0, end0: interbase(start0 + ref.length), deleted: ref, inserted: alt };
      const { reference, allele: canonical } = await normalise(accession, allele, sequences);
      expect(reference).toBe('agrees');
      expect(canonical.end0 - canonical.start0).toBe(canonical.deleted.length);
    },
  );

  it('are the same in both assemblies', async () => {
    const bases = (assembly: string): string[] =>
      demoText(`reference/windows.${assembly}.fa`)
        .split('>')
        .slice(1)
        .map((record) => record.slice(record.indexOf('\n')));
    expect(bases('grch37')).toEqual(bases('grch38'));
    for (const [accession] of demoText('reference/windows.grch38.fa').matchAll(/NC_[\d.]+/g)) {
      expect(sequencesOf(accession)[0]?.assembly).toBe('GRCh38');
      expect(loaded.sequences.has(accession)).toBe(true);
    }
  });

  it.runIf(hasRealData)(
    'agree with the reference alleles of ClinVar, and with genes and a transcript published elsewhere',
    async () => {
      let compared = 0;
      for (const [path, assembly] of [['07_knowledge/clinvar/clinvar_astone0411.vcf.gz', 'GRCh38']] as const) {
        for (const line of gunzipSync(readFileSync(realFile(path)))
          .toString()
          .split('\n')) {
          const [chromosome = '', position, , ref = ''] = line.split('\t', 5);
          if (line.startsWith('#') || !/^[ACGT]+$/.test(ref)) continue;
          const accession = sequenceOf(assembly, chromosome.replace(/^chr/, '') as '1')?.accession ?? '';
          for (let i = 0; i < ref.length; i += 20) {
            const start0 = interbase(Number(position) - 1 + i);
            const part = ref.slice(i, i + 20);
            const range = { start0, end0: interbase(start0 + part.length) };
            if (!loaded.sequences.has(accession, range)) continue;
            expect(await loaded.sequences.sequence(accession, range), `${accession}:${start0}`).toBe(part);
            compared += part.length;
          }
        }
      }
      console.info(`${compared} bases of ClinVar's reference alleles agree with the demo's windows`);
      expect(compared).toBeGreaterThan(1_000);
      const genes = gunzipSync(readFileSync(realFile('11_hgvs_spdi_vrs/pyhgvs_test_refseqs.fa.gz'))).toString();
      const hg19 = genes.replaceAll(/>.*\n/g, '|').replaceAll('\n', '').toUpperCase();
      const brca2 = readFileSync(realFile('11_hgvs_spdi_vrs/ferro_normalization_transcripts.json'), 'utf8');
      for (const record of demoText('reference/windows.grch37.fa').split('>').slice(1)) {
        const bases = record.slice(record.indexOf('\n')).replaceAll('\n', '');
        const published = record.includes('BRCA2') ? brca2 : hg19;
        expect(published.includes(bases), record.split('\n')[0]).toBe(true);
      }
    },
  );
});
