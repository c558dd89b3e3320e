import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Allele } from '../../lib/genomics/allele.ts';
import {
  type Assembly,
  type Chromosome,
  chromosomeNamed,
  sequenceOf,
  sequencesOf,
} from '../../lib/genomics/assembly.ts';
import { type ChainIndex, liftBase, parseChains } from '../../lib/genomics/chain.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { GenomicInterval } from '../../lib/genomics/interval.ts';
import { liftAllele, liftInterval, liftRegion } from '../../lib/genomics/liftover.ts';
import { seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { windowSequences } from '../support/windows.ts';

const region = (accession: string, start: number, end: number): GenomicInterval => ({
  accession,
  start0: interbase(start),
  end0: interbase(end),
});
const allele = (start: number, deleted: string, inserted: string): Allele => ({
  ...region('', start, start + deleted.length),
  deleted,
  inserted,
});

// chr21 of both assemblies, with made-up blocks: [100,200) to [1000,1100); a gap of 10 there and 4 here; [204,254) to
// [1110,1160). A second chain turns [300,350) around, to [2000,2050).
const SMALL = `chain 1000 chr21 48129895 + 100 254 chr21 46709983 + 1000 1160 1
100 4 10
50

chain 900 21 48129895 + 300 350 chr21 46709983 - 46707933 46707983 2
50

chain 900 chr21 48129895 + 300 350 21 46709983 - 46707933 46707983 3
50

chain 1 chrUn_x 100 + 0 10 chr21 46709983 + 0 10 4
10
`;
const [SOURCE, TARGET] = ['NC_000021.8', 'NC_000021.9'];

describe('a small chain file', () => {
  const index = parseChains(SMALL, 'GRCh37', 'GRCh38');

  it('counts a chain that is written for two spellings once, and what is not a chromosome not at all', () => {
    expect(index.chains).toHaveLength(2);
    expect([...index.ignored]).toEqual([['chrUn_x', 1]]);
  });

  it.each([
    ['within a block', [110, 120], { start0: 1010, end0: 1020, inverted: false }],
    ['over a gap', [190, 210], { start0: 1090, end0: 1116, inverted: false }],
    ['turned around', [300, 310], { start0: 2040, end0: 2050, inverted: true }],
    ['an empty region is the base after it', [110, 110], { start0: 1010, end0: 1011 }],
  ] as const)('lifts a region %s', (_, [start, end], expected) => {
    expect(liftInterval(index, region(SOURCE, start, end))).toMatchObject({
      lifted: true,
      accession: TARGET,
      ...expected,
    });
  });

  it.each([
    ['an end in a gap', [150, 202], 'unmapped'],
    ['an end that nothing reaches', [90, 150], 'unmapped'],
    ['pieces in two directions', [150, 320], 'split'],
  ] as const)('refuses %s', (_, [start, end], reason) => {
    expect(liftInterval(index, region(SOURCE, start, end))).toMatchObject({ lifted: false, reason });
  });

  it('widens by 10, then 100 bases when an end has no place', () => {
    expect(liftRegion(index, region(SOURCE, 201, 203))).toMatchObject({ start0: 1091, end0: 1119, widenedBy: 10 });
    expect(liftRegion(index, region(SOURCE, 20, 60))).toMatchObject({ lifted: false, reason: 'unmapped' });
    expect(liftRegion(index, region(SOURCE, 150, 320))).toMatchObject({ lifted: false, reason: 'split' });
  });

  it('lifts alleles, turned around on a minus chain', async () => {
    expect(await liftAllele(index, SOURCE, allele(110, 'AC', 'G'))).toMatchObject({
      allele: { start0: 1010, end0: 1012, deleted: 'AC', inserted: 'G' },
      reference: 'unchecked',
    });
    expect(await liftAllele(index, SOURCE, allele(300, 'AC', 'G'))).toMatchObject({
      allele: { start0: 2048, end0: 2050, deleted: 'GT', inserted: 'C' },
      inverted: true,
    });
    expect(await liftAllele(index, SOURCE, allele(310, '', 'ACC'))).toMatchObject({
      allele: { start0: 2040, end0: 2040, inserted: 'GGT' },
    });
    expect(await liftAllele(index, SOURCE, allele(110, '', 'A'))).toMatchObject({
      allele: { start0: 1010, end0: 1010 },
    });
  });

  it('refuses alleles that are cut in two', async () => {
    for (const cut of [allele(198, 'ACGTACGT', ''), allele(198, 'ACGTACGTA', 'C')]) {
      expect(await liftAllele(index, SOURCE, cut)).toMatchObject({ lifted: false, reason: 'split' });
    }
    expect(await liftAllele(index, SOURCE, allele(200, '', 'A'))).toMatchObject({ lifted: false, reason: 'unmapped' });
  });

  it('compares the replaced bases with the target', async () => {
    const target = windowSequences([{ accession: TARGET, start0: 1000, bases: 'ACGTN' }]);
    expect(await liftAllele(index, SOURCE, allele(101, 'C', 'T'), target)).toMatchObject({ reference: 'agrees' });
    expect(await liftAllele(index, SOURCE, allele(104, 'C', 'T'), target)).toMatchObject({ reference: 'agrees' });
    expect(await liftAllele(index, SOURCE, allele(101, 'G', 'T'), target)).toMatchObject({
      lifted: false,
      reason: 'reference-differs',
      mismatch: { start0: 1001, stated: 'G', found: 'C' },
    });
  });

  it('lifts rCRS to itself and knows no counterpart of NC_001807.4', async () => {
    expect(liftInterval(index, region('NC_012920.1', 5, 9))).toMatchObject({ accession: 'NC_012920.1', start0: 5 });
    expect(await liftAllele(index, 'NC_012920.1', allele(5, 'A', 'G'))).toMatchObject({ allele: { start0: 5 } });
    expect(liftInterval(index, region('NC_001807.4', 5, 9))).toMatchObject({ lifted: false, reason: 'unmapped' });
  });

  it.each([
    [SMALL.replace('100 4 10\n50', '100 4 10\n51'), /line 3: the chain does not end where its header says/],
    [SMALL.replace('100 4 10\n50', '100 4\n50'), /line 2: size/],
    [SMALL.replace('48129895', '48129890'), /is the file's direction right/],
    [SMALL.replace('100 4 10\n50', '100 4 10\n'), /line 3: size/],
    ['12 3 4\n', /line 1: a chain's header was expected/],
    ['chain 1 chr21 48129895 + 0 10 chr21 46709983 + 0 10 1\n', /line 2: size/],
  ])('refuses a damaged file', (text, message) => {
    expect(() => parseChains(text, 'GRCh37', 'GRCh38')).toThrow(message);
  });

  it('refuses a file of the other direction', () => {
    expect(() => parseChains(SMALL, 'GRCh38', 'GRCh37')).toThrow(/direction/);
  });
});

const chainFile = (name: string, from: Assembly, to: Assembly): ChainIndex =>
  parseChains(gunzipSync(readFileSync(realFile(`10_liftover_reference/${name}`))).toString('latin1'), from, to);

describe.skipIf(!hasRealData)('real chain files', () => {
  const UCSC = { up: 'hg19ToHg38.over.chain.gz', down: 'hg38ToHg19.over.chain.gz' };
  const ENSEMBL = { up: 'GRCh37_to_GRCh38.ensembl.chain.gz', down: 'GRCh38_to_GRCh37.ensembl.chain.gz' };
  const load = ({ up, down }: typeof UCSC) => ({
    up: chainFile(up, 'GRCh37', 'GRCh38'),
    down: chainFile(down, 'GRCh38', 'GRCh37'),
  });
  const ucsc = hasRealData ? load(UCSC) : undefined!;
  const ensembl = hasRealData ? load(ENSEMBL) : undefined!;
  const accession = (assembly: Assembly, name: string): string =>
    sequenceOf(assembly, chromosomeNamed(assembly, name) as Chromosome)!.accession;
  const base = (index: ChainIndex, from: string, base0: number): string =>
    liftBase(index, from, base0)
      .map((place) => `${place.accession}:${place.base0}`)
      .join();
  const lines = (path: string): string[][] => {
    const raw = readFileSync(realFile(path));
    const text = (raw[0] === 0x1f ? gunzipSync(raw) : raw).toString('utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(path.endsWith('.csv') ? ',' : '\t'));
  };

  it('agree with the 1,224 nuclear positions of the PyPGx variant table, both ways, UCSC and Ensembl', () => {
    const rows = lines('07_knowledge/pharmgkb_cpic/pypgx_variant_table.csv').slice(1);
    const nuclear = rows.filter(([, , , , chromosome]) => chromosome !== 'M');
    const misses = { ucsc: 0, ensembl: 0 };
    for (const [, , , , chromosome, at37, at38] of nuclear) {
      const [from, to] = [accession('GRCh37', chromosome!), accession('GRCh38', chromosome!)];
      const [base37, base38] = [Number(at37) - 1, Number(at38) - 1];
      for (const [name, { up, down }] of Object.entries({ ucsc, ensembl })) {
        const agrees = base(up, from, base37) === `${to}:${base38}` && base(down, to, base38) === `${from}:${base37}`;
        if (!agrees) misses[name as keyof typeof misses]++;
      }
    }
    expect(nuclear).toHaveLength(1224);
    expect(misses).toEqual({ ucsc: 0, ensembl: 0 });
  });

  /** Pairs of rows of two files that describe one thing, by a key that is unique in both. */
  const pairs = (path37: string, path38: string, key: (row: string[]) => string): [string[], string[]][] => {
    const [by37, by38] = [path37, path38].map((path) => Map.groupBy(lines(path), key));
    return [...by37!].flatMap(([id, rows]) => {
      const others = by38!.get(id) ?? [];
      return rows.length === 1 && others.length === 1 ? [[rows[0]!, others[0]!] as [string[], string[]]] : [];
    });
  };

  it.each([
    ['07_knowledge/civic/cacao_hotspot.grch37.tsv', [0, 8, 9], (row: string[]) => `${row[2]} ${row[7]}`, 980],
    ['07_knowledge/civic/cacao_civic.grch37.tsv.gz', [1, 21, 22], (row: string[]) => `${row[4]} ${row[16]}`, 700],
    ['07_knowledge/clinvar/cacao_clinvar_civic_loci.grch37.bed.gz', [0, 1, 2], (row: string[]) => row[3]!, 10_000],
  ] as const)('lift the regions of %s to those of its GRCh38 twin', (path, [chrom, start, end], key, least) => {
    const found = pairs(path, path.replace('grch37', 'grch38'), key).filter(([row]) => row[chrom] !== 'chrom');
    const others: string[] = [];
    let [agreeing, unlike] = [0, 0];
    for (const [row37, row38] of found) {
      if (chromosomeNamed('GRCh37', row37[chrom]!) === undefined) continue;
      const from = region(accession('GRCh37', row37[chrom]!), Number(row37[start]), Number(row37[end]));
      // The files draw a region around the changes each lists for its assembly; where they list others, so are the regions.
      if (from.end0 - from.start0 !== Number(row38[end]) - Number(row38[start])) {
        unlike++;
        continue;
      }
      const lifted = liftInterval(ucsc.up, from);
      const expected = `${accession('GRCh38', row38[chrom]!)}:${row38[start]}-${row38[end]}`;
      const got = lifted.lifted ? `${lifted.accession}:${lifted.start0}-${lifted.end0}` : lifted.reason;
      if (got === expected) agreeing++;
      else others.push(`${row37[chrom]}:${row37[start]}-${row37[end]} is ${got}, not ${expected}`);
    }
    console.log(`${path}: ${agreeing} pairs agree; skipped ${unlike} whose two regions differ in length`);
    expect(others).toEqual([]);
    expect(agreeing).toBeGreaterThan(least);
  });

  it('lift the alleles of ClinVar to the alleles of its GRCh38 file', async () => {
    const id = (row: string[]) =>
      `${/VARIATION_ID=(\d+)/.exec(row[7] ?? '')?.[1]} ${/ALLELE_ID=(\d+)/.exec(row[7] ?? '')?.[1]}`;
    for (const [name, least] of [
      ['clinvar_750.single', 515],
      ['clinvar_multi_full', 551],
    ] as const) {
      const path = `07_knowledge/clinvar/${name}.b37.vcf.gz`;
      let agreeing = 0;
      const others: string[] = [];
      for (const [row37, row38] of pairs(path, path.replace('b37', 'b38'), id)) {
        if (row37[0]!.startsWith('#')) continue;
        const [chrom, pos, , ref, alt] = row37 as [string, string, string, string, string];
        const lifted = await liftAllele(ucsc.up, accession('GRCh37', chrom), allele(Number(pos) - 1, ref, alt));
        const expected = `${accession('GRCh38', row38[0]!)}:${Number(row38[1]) - 1}:${row38[3]}:${row38[4]}`;
        const got = lifted.lifted
          ? `${lifted.accession}:${lifted.allele.start0}:${lifted.allele.deleted}:${lifted.allele.inserted}`
          : lifted.reason;
        if (got === expected) agreeing++;
        else others.push(`${chrom}:${pos} ${ref}>${alt} is ${got}, not ${expected}`);
      }
      console.log(`${name}: ${agreeing} alleles agree`);
      expect(others).toEqual([]);
      expect(agreeing).toBeGreaterThanOrEqual(least);
    }
  });

  it("lift the positions of Picard's example back and forth", () => {
    const rows = (path: string) => lines(path).filter(([chrom]) => !chrom!.startsWith('#'));
    const input = rows('10_liftover_reference/glow_liftover_input.chr20.vcf');
    const lifted = rows('10_liftover_reference/glow_lifted.chr20.vcf');
    expect(lifted).toHaveLength(23);
    const expected = lifted.map(([, pos]) => `NC_000020.10:${Number(pos) - 1}`);
    for (const { down } of [ucsc, ensembl]) {
      expect(input.map(([, pos]) => base(down, 'NC_000020.11', Number(pos) - 1))).toEqual(expected);
    }
  });

  it("lift the IG's inverted example as it does, once its 1-based closed numbers are read as such", () => {
    // http://hl7.org/fhir/uv/genomics-reporting/operations.html: NC_000001.11:145923295-145923296 has no place; widened
    // by 10 it is NC_000001.10:145511787-145511807. The numbers are those of UCSC's 1-based form.
    for (const { down } of [ucsc, ensembl]) {
      const oneBased = region('NC_000001.11', 145_923_294, 145_923_296);
      expect(liftInterval(down, oneBased)).toMatchObject({ lifted: false, reason: 'unmapped' });
      expect(liftRegion(down, oneBased)).toMatchObject({
        accession: 'NC_000001.10',
        start0: 145_511_786,
        end0: 145_511_807,
        inverted: true,
        widenedBy: 10,
      });
      expect(liftRegion(down, region('NC_000001.11', 145_921_555, 145_927_537))).toMatchObject({
        start0: 145_507_555,
        end0: 145_513_536,
        inverted: true,
        widenedBy: 0,
      });
    }
  });

  const chromosomes = hasRealData ? [...ensembl.up.blocks.keys()] : ['none'];
  test.prop([fc.constantFrom(...chromosomes), fc.nat(), fc.integer({ min: 1, max: 500 })])(
    'there and back is the same region where both succeed (Ensembl, whose two files are one alignment)',
    (chromosome, at, size) => {
      const { ends } = ensembl.up.blocks.get(chromosome)!;
      // Near the edge of a block, where gaps are.
      const start = Math.max(0, ends[at % ends.length]! - size + (at % 7));
      const from = region(chromosome, start, start + size);
      const there = liftInterval(ensembl.up, from);
      fc.pre(there.lifted);
      const back = liftInterval(ensembl.down, there);
      if (back.lifted) expect(back).toMatchObject({ ...from, inverted: there.inverted });
    },
  );

  it('agree, and come back to where they started, except in duplicated sequence', () => {
    const random = seeded(38);
    const count = { asked: 0, both: 0, different: 0, returned: 0, elsewhere: 0 };
    for (const chromosome of ucsc.up.blocks.keys()) {
      const length = sequencesOf(chromosome)[0]!.length;
      for (let i = 0; i < 2000; i++) {
        count.asked++;
        const at = Math.floor(random() * length);
        const [one, other] = [base(ucsc.up, chromosome, at), base(ensembl.up, chromosome, at)];
        if (one === '') continue;
        const [there, position] = one.split(':') as [string, string];
        const back = base(ucsc.down, there, Number(position));
        if (back !== '') count[back === `${chromosome}:${at}` ? 'returned' : 'elsewhere']++;
        if (other === '') continue;
        count.both++;
        if (one !== other) count.different++;
      }
    }
    console.log(`UCSC against Ensembl, and UCSC there and back: ${JSON.stringify(count)}`);
    expect(count.both).toBeGreaterThan(0.85 * count.asked);
    // The two UCSC files are netted apart, so a duplicated segment may come back as its copy.
    expect(count.different).toBeLessThan(0.002 * count.both);
    expect(count.elsewhere).toBeLessThan(0.005 * count.returned);
  });
});
