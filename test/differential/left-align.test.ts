import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { leftAlign, normalise } from '../../lib/genomics/normalise.ts';
import { bcftools, hasBcftools } from '../support/bcftools.ts';
import { between, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { readFasta, whole } from '../support/windows.ts';

const folder = mkdtempSync(join(tmpdir(), 'left-align-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** First million bases of two chromosomes of GRCh37. */
const SLICES = [
  ['1', 'NC_000001.10', 'Homo_sapiens_assembly19_chr1_1M.fasta.gz'],
  ['17', 'NC_000017.10', 'human_g1k_v37.chr17_1Mb.fasta.gz'],
] as const;

interface Event {
  readonly pos: number;
  readonly ref: string;
  readonly alt: string;
}

describe.skipIf(!hasBcftools || !hasRealData)('insertions and deletions, against bcftools norm', () => {
  it.each(SLICES)('on chromosome %s: real ones of NIST and 1,500 that slide', async (name, accession, file) => {
    const bases = [...readFasta(realFile(`10_liftover_reference/${file}`)).values()][0]!;
    const sequences = whole(accession, bases);
    const events = [...nist(name, bases.length), ...sliding(bases, 1500)];
    const fasta = join(folder, `${name}.fa`);
    writeFileSync(fasta, `>${name}\n${bases.replaceAll(/.{1,60}/g, '$&\n')}`);
    const vcf = join(folder, `${name}.vcf`);
    const header = `##fileformat=VCFv4.2\n##contig=<ID=${name},length=${bases.length}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n`;
    writeFileSync(
      vcf,
      header + events.map(({ pos, ref, alt }, i) => `${name}\t${pos}\te${i}\t${ref}\t${alt}\t.\t.\t.\n`).join(''),
    );
    const judged = await bcftools('norm', '--no-version', '-f', fasta, '-c', 'e', vcf);
    const byId = new Map(judged.filter(([chrom]) => !chrom!.startsWith('#')).map((fields) => [fields[2]!, fields]));
    const differing: string[] = [];
    let canonical = 0;
    for (const [i, { pos, ref, alt }] of events.entries()) {
      const stated = { start0: interbase(pos - 1), end0: interbase(pos - 1 + ref.length), deleted: ref, inserted: alt };
      const ours = await leftAlign(accession, stated, sequences);
      const [, theirPos, , theirRef, theirAlt] = byId.get(`e${i}`)!;
      const theirs = {
        start0: interbase(Number(theirPos) - 1),
        end0: interbase(Number(theirPos) - 1 + theirRef!.length),
        deleted: theirRef!,
        inserted: theirAlt!,
      };
      // bcftools keeps an anchor base; without it both must be the same interval and bases.
      const again = await leftAlign(accession, theirs, sequences);
      const anchored = theirRef!.length === 1 || theirAlt!.length === 1;
      const start = ours.deleted === '' || ours.inserted === '' ? ours.start0 - 1 : ours.start0;
      const expected = anchored ? Math.max(0, start) : ours.start0;
      if (JSON.stringify(again) !== JSON.stringify(ours) || theirs.start0 !== expected) {
        differing.push(
          `${pos} ${ref}>${alt}: bcftools ${theirPos} ${theirRef}>${theirAlt}, ours ${JSON.stringify(ours)}`,
        );
      }
      const [one, other] = [
        await normalise(accession, stated, sequences),
        await normalise(accession, theirs, sequences),
      ];
      if (JSON.stringify(one) === JSON.stringify(other)) canonical++;
    }
    console.log(
      `chromosome ${name}: ${events.length - differing.length} of ${events.length} events left-aligned as bcftools does`,
    );
    expect(differing.slice(0, 10)).toEqual([]);
    expect(canonical).toBe(events.length);
    expect(events.length).toBeGreaterThan(1500);
  });
});

/** Bi-allelic insertions and deletions of NIST 2.19 within the slice. */
function nist(chromosome: string, length: number): Event[] {
  const path = '02_germline_single_trio_gvcf/giab_nist2.19_complex_indels.grch37.vcf.gz';
  return gunzipSync(readFileSync(realFile(path)))
    .toString('latin1')
    .split('\n')
    .filter((line) => line.startsWith(`${chromosome}\t`))
    .map((line) => line.split('\t', 5))
    .map(([, pos, , ref, alt]) => ({ pos: Number(pos), ref: ref!.toUpperCase(), alt: alt!.toUpperCase() }))
    .filter(
      ({ pos, ref, alt }) => pos + ref.length <= length && ref.length !== alt.length && /^[ACGT]+$/.test(ref + alt),
    );
}

/** Seeded events in repeats, written with an anchor somewhere in the repeat. */
function sliding(bases: string, count: number): Event[] {
  const random = seeded(19);
  const events: Event[] = [];
  while (events.length < count) {
    const at = between(random, 1, bases.length - 200);
    const size = between(random, 1, 6);
    const unit = bases.slice(at, at + size);
    // A unit that comes again right after itself can slide.
    if (unit.includes('N') || bases.slice(at + size, at + 2 * size) !== unit) continue;
    const anchor = bases[at - 1]!;
    if (anchor === 'N') continue;
    const deletion = random() < 0.5;
    events.push(deletion ? { pos: at, ref: anchor + unit, alt: anchor } : { pos: at, ref: anchor, alt: anchor + unit });
  }
  return events;
}
