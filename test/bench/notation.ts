import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { chromosomesOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { resolveHgvs } from '../../lib/genomics/hgvs/resolve.ts';
import { liftAllele } from '../../lib/genomics/liftover.ts';
import { normalise } from '../../lib/genomics/normalise.ts';
import { type LocalArchive, openLocalArchive } from '../../lib/store/local.ts';
import { between, seeded } from '../support/random.ts';
import { realFile } from '../support/real-data.ts';
import { writeTwoBit } from '../support/two-bit-writer.ts';
import { readFasta } from '../support/windows.ts';
import { median, ms, table, timed } from './measure.ts';
import { postVariants, withServer } from './server.ts';

const SEED = 12;
const CHR1_37 = 'NC_000001.10';
const NAMES = 100;
/** The GRCh37 study that is asked: it makes every GRCh38 name be lifted over. */
const SUBJECT = 'bench-genome';

/** Loads a 2bit of real lengths (bases in the first megabase of chr1), UCSC chains and all MANE models. */
async function loadReference(archive: LocalArchive, folder: string): Promise<void> {
  const bases =
    [...readFasta(realFile('10_liftover_reference/Homo_sapiens_assembly19_chr1_1M.fasta.gz')).values()][0] ?? '';
  const islands = [...bases.matchAll(/[ACGT]+/g)].map((match) => ({ start0: match.index, bases: match[0] }));
  const path = join(folder, 'grch37.2bit');
  await writeTwoBit(
    path,
    chromosomesOf('GRCh37')
      .filter(({ chromosome }) => !chromosome.startsWith('MT'))
      .map(({ chromosome, length }) => ({
        name: `chr${chromosome}`,
        length,
        islands: chromosome === '1' ? islands : [],
      })),
  );
  await archive.reference.add({ kind: 'sequences', path, assembly: 'GRCh37', format: 'twobit' });
  const chain = (from: 'GRCh37' | 'GRCh38', to: 'GRCh37' | 'GRCh38', file: string) =>
    archive.reference.add({ kind: 'chains', path: realFile(`10_liftover_reference/${file}`), from, to });
  await chain('GRCh37', 'GRCh38', 'hg19ToHg38.over.chain.gz');
  await chain('GRCh38', 'GRCh37', 'hg38ToHg19.over.chain.gz');
  await archive.reference.add({
    kind: 'transcripts',
    path: realFile('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz'),
  });
}

/** Normalisations, HGVS and lifts a second, and what 100 c. names add to a request. */
export async function notationBench(folder: string, data: string, say: (line: string) => void): Promise<string> {
  const archive = await openLocalArchive(data);
  const rows = [['what', 'a second', 'of how many']];
  const note = (what: string, number: number, milliseconds: number): void => {
    const row = [
      what,
      Math.round(number / (milliseconds / 1000)).toLocaleString('en-GB'),
      number.toLocaleString('en-GB'),
    ];
    say(row.join('  '));
    rows.push(row);
  };
  try {
    await loadReference(archive, folder);
    const { sequences, chains, transcripts } = await archive.ports.reference();
    const random = seeded(SEED);

    const indels = await Promise.all(
      Array.from({ length: 20_000 }, async () => {
        const start0 = interbase(between(random, 100_000, 990_000));
        const end0 = interbase(start0 + between(random, 1, 4));
        return { start0, end0, deleted: await sequences.sequence(CHR1_37, { start0, end0 }), inserted: '' };
      }),
    );
    note(
      'deletions fully justified (chr1, one after the other)',
      indels.length,
      await timed(async () => {
        for (const indel of indels) await normalise(CHR1_37, indel, sequences);
      }),
    );

    const index = await chains.between('GRCh37', 'GRCh38');
    const points = Array.from({ length: 100_000 }, () => {
      const start0 = interbase(between(random, 1_000_000, 248_000_000));
      return { start0, end0: interbase(start0 + 1), deleted: 'A', inserted: 'C' };
    });
    note(
      'substitutions lifted from GRCh37 to GRCh38',
      points.length,
      await timed(async () => {
        for (const point of points) await liftAllele(index, CHR1_37, point);
      }),
    );

    const { coding, genomic } = names();
    const resolve = async () => {
      for (const name of coding) await resolveHgvs(name, { transcripts });
    };
    await resolve();
    note('c. substitutions resolved to the genome, transcripts known', coding.length, await timed(resolve));
    const added = await requests(data, coding, genomic);
    say(added);
    return `${table(rows)}\n\n${added}`;
  } finally {
    await archive.close();
  }
}

/** ClinVar substitutions on MANE transcripts, in both notations. */
function names(): { readonly coding: readonly string[]; readonly genomic: readonly string[] } {
  const mane = new Set(
    gunzipSync(readFileSync(realFile('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz')))
      .toString()
      .match(/NM_\d+\.\d+/g),
  );
  const pairs = readFileSync(realFile('11_hgvs_spdi_vrs/cdot_clinvar_hgvs_500.tsv'), 'utf8')
    .split('\n')
    .map((line) => line.trim().split('\t') as [string, string | undefined])
    .filter(([, coding]) => coding !== undefined && />[ACGT]$/.test(coding) && mane.has(coding.split(':')[0] as string))
    .slice(0, NAMES);
  return { coding: pairs.map(([, coding]) => coding as string), genomic: pairs.map(([genomic]) => genomic) };
}

async function requests(data: string, coding: readonly string[], genomic: readonly string[]): Promise<string> {
  return withServer(data, async (base) => {
    const samples = { coding: [] as number[], genomic: [] as number[] };
    for (let round = 0; round < 24; round++) {
      for (const [kind, variants] of [
        ['coding', coding],
        ['genomic', genomic],
      ] as const) {
        const took = await timed(() => postVariants(base, SUBJECT, variants));
        if (round >= 4) samples[kind].push(took);
      }
    }
    const [c, g] = [median(samples.coding), median(samples.genomic)];
    return `One request for ${coding.length} variants of all chromosomes, put to a GRCh37 study: ${ms(c)} ms (p50, warm) by their c. names, ${ms(g)} ms by their GRCh38 g. names; the c. names add ${ms(c - g)} ms.`;
  });
}
