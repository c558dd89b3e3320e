import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TwoBitFile } from '@gmod/twobit';
import { afterAll, describe, expect, it } from 'vitest';
import { chromosomesOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { CannotAnswerError, InvalidInputError, UnavailableError } from '../../lib/genomics/errors.ts';
import { canonicalSpdi } from '../../lib/genomics/normalise.ts';
import { openFasta } from '../../lib/reference/fasta.ts';
import { localFile as openFile, type RangedFile } from '../../lib/reference/ranged-file.ts';
import { combineSequences, sequencesOfFile } from '../../lib/reference/sequences.ts';
import { openTwoBit } from '../../lib/reference/two-bit.ts';
import { between, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { writeTwoBit } from '../support/two-bit-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'reference-'));
const opened: RangedFile[] = [];
const localFile = (path: string): RangedFile => {
  const one = openFile(path);
  opened.push(one);
  return one;
};
afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
  rmSync(folder, { recursive: true });
});

const interval = (start: number, end: number) => ({ start0: interbase(start), end0: interbase(end) });
const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const random = seeded(7);
const someBases = (length: number): string => Array.from({ length }, () => 'ACGT'[between(random, 0, 3)]).join('');
const wrap = (bases: string, width: number, end = '\n'): string =>
  bases.replaceAll(new RegExp(`.{1,${width}}`, 'g'), `$&${end}`);

/** Whether a program is there; says what is not tried without it. */
function has(program: string, untried: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`SKIPPED: ${program} is not installed, so ${untried}`);
    return false;
  }
}
const hasBgzip = has('bgzip', 'BGZF-compressed FASTA is not tried');
const hasSamtools = has('samtools', 'no FASTA is compared with samtools faidx');

describe('FASTA', () => {
  const [one, two] = [someBases(200_003), someBases(61)];
  const plain = `>one first of two\n${wrap(one, 60)}>two\n${wrap(two.toLowerCase(), 50)}`;

  const check = async (path: string): Promise<void> => {
    const reader = await openFasta(localFile(path));
    expect(reader.entries).toMatchObject([
      { name: 'one', description: 'first of two', length: one.length },
      { name: 'two', description: '', length: two.length },
    ]);
    for (const [start, end] of [
      [0, 1],
      [59, 61],
      [60, 120],
      [199_000, 200_003],
      [65_000, 132_000],
      [5, 5],
    ] as const) {
      expect(await reader.read('one', start, end)).toBe(one.slice(start, end));
    }
    expect(await reader.read('two', 40, 61)).toBe(two.slice(40).toLowerCase());
    await reader.close();
  };

  it('is read in pieces with an index made on the way', () => check(file('plain.fa', plain)));
  it('with CRLF', () => check(file('crlf.fa', plain.replaceAll('\n', '\r\n'))));
  it('without a newline at the end', () => check(file('open.fa', plain.trimEnd())));
  it.skipIf(!hasBgzip)('compressed by bgzip, its index found by block headers', async () => {
    const path = file('packed.fa', plain);
    execFileSync('bgzip', ['-f', path]);
    await check(`${path}.gz`);
  });

  it.each([
    ['gzip', gunzipSafe(), /bgzip/],
    ['text', 'no header\nACGT\n', /does not start with '>'/],
    ['uneven lines', '>a\nACGT\nACGTAC\nAC\n', /unequal lengths/],
    ['a short line inside', '>a\nACGT\nAC\nACGT\n', /unequal lengths/],
    ['nothing', '', /holds no sequence/],
  ])('refuses %s', async (name, content, message) => {
    await expect(openFasta(localFile(file(`${name}.fa`, content)))).rejects.toThrow(message);
    await expect(openFasta(localFile(file(`${name}.fa`, content)))).rejects.toThrow(InvalidInputError);
  });

  it('says that a file is not there, by name and without its folder', async () => {
    const missing = openFasta(localFile(join(folder, 'absent.fa')));
    await expect(missing).rejects.toThrow(UnavailableError);
    await expect(missing).rejects.toThrow('the reference file absent.fa could not be read');
  });
});

function gunzipSafe(): Buffer {
  // The header of plain gzip: no extra field.
  return Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

type Handle = NonNullable<ConstructorParameters<typeof TwoBitFile>[0]['filehandle']>;

/** The other reader's view of a file, which we close. */
function judged(one: RangedFile): Handle {
  const readFile = async () => one.read(await one.size(), 0);
  return { ...one, readFile: readFile as Handle['readFile'], stat: async () => ({ size: await one.size() }) };
}

describe('2bit of real lengths', async () => {
  const islands = chromosomesOf('GRCh38').map(({ chromosome, length }) => ({
    name: chromosome === 'MT' ? 'chrM' : `chr${chromosome}`,
    length,
    islands: [
      { start0: between(random, 1, 1000), bases: someBases(5001) },
      { start0: between(random, 8_000, 9_000), bases: `${someBases(99)}NN${someBases(34)}` },
      ...(length > 100_000 ? [{ start0: length - 1003, bases: someBases(1003) }] : []),
    ],
  }));
  const path = join(folder, 'hg38.2bit');
  await writeTwoBit(path, islands, true);
  const reader = await openTwoBit(localFile(path));
  const sequences = sequencesOfFile(reader, 'GRCh38', { release: 'made up' });

  it('is small on disk and has the lengths of GRCh38', async () => {
    expect(statSync(path).size).toBeGreaterThan(700_000_000);
    expect(statSync(path).blocks * 512).toBeLessThan(20_000_000);
    expect(sequences.accessions).toHaveLength(25);
    expect(await sequences.length('NC_000001.11')).toBe(248_956_422);
  });

  it('gives the bases that were written, N elsewhere, and what @gmod/twobit gives', async () => {
    const judge = new TwoBitFile({ filehandle: judged(localFile(path)) });
    for (const [i, { accession }] of chromosomesOf('GRCh38').entries()) {
      const { name, islands: known, length } = islands[i]!;
      for (const { start0, bases } of known) {
        expect(await sequences.sequence(accession, interval(start0, start0 + bases.length))).toBe(bases);
      }
      for (let n = 0; n < 4; n++) {
        const start = between(random, 0, Math.min(length, 12_000) - 1);
        const end = Math.min(length, start + between(random, 1, 40));
        const ours = await sequences.sequence(accession, interval(start, end));
        expect(ours).toBe((await judge.getSequence(name, start, end))!.toUpperCase());
      }
    }
    expect(await sequences.sequence('NC_000002.12', interval(100_000_000, 100_000_050))).toBe('N'.repeat(50));
  });

  it('serves normalisation', async () => {
    const { start0, bases } = islands[18]!.islands[0]!;
    const accession = 'NC_000019.10';
    const allele = { ...interval(start0 + 100, start0 + 100), deleted: '', inserted: bases[99]! };
    const spdi = await canonicalSpdi(accession, allele, sequences);
    const [, start, deleted, inserted] = spdi.split(':');
    expect(inserted).toBe(`${deleted}${bases[99]}`);
    expect(bases.startsWith(deleted!, Number(start) - start0)).toBe(true);
  });

  it("refuses what it can't know", async () => {
    await expect(sequences.sequence('NC_000001.10', interval(0, 1))).rejects.toThrow(CannotAnswerError);
    await expect(sequences.sequence('NC_000001.10', interval(0, 1))).rejects.toThrow(/genomics reference add/);
    await expect(sequences.sequence('NC_000001.11', interval(0, 248_956_423))).rejects.toThrow(InvalidInputError);
    expect(() => sequencesOfFile(reader, 'GRCh37', { release: 'x' })).toThrow(/can't stand for it/);
    await expect(openTwoBit(localFile(file('text.2bit', 'this is no 2bit file')))).rejects.toThrow(InvalidInputError);
  });

  it('fails, and does not shorten, when the file loses its end', async () => {
    const cut = join(folder, 'cut.2bit');
    const length = 1000;
    await writeTwoBit(cut, [{ name: 'NM_000001.1', length, islands: [{ start0: 0, bases: someBases(length) }] }]);
    const whole = await openTwoBit(localFile(cut));
    writeFileSync(cut, readFileSync(cut).subarray(0, 150));
    await expect(whole.read('NM_000001.1', 0, 1000)).rejects.toThrow(UnavailableError);
  });
});

describe.skipIf(!hasRealData)('real slices', () => {
  const unpacked = (name: string): string =>
    file(name.replace('.gz', ''), gunzipSync(readFileSync(realFile(`10_liftover_reference/${name}`))));

  it('of chromosomes are refused, and taken as first bases only when asked', async () => {
    const reader = await openFasta(localFile(unpacked('human_g1k_v37.chr17_1Mb.fasta.gz')));
    expect(() => sequencesOfFile(reader, 'GRCh37', { release: 'slice' })).toThrow(/1000000 bases, and chromosome 17/);
    const slice = sequencesOfFile(reader, 'GRCh37', { release: 'slice', allowPrefixes: true });
    expect(await slice.sequence('NC_000017.10', interval(0, 20))).toBe('AAGCTTCTCACCCTGTTCCT');
    await expect(slice.sequence('NC_000017.10', interval(999_999, 1_000_001))).rejects.toThrow(CannotAnswerError);
  });

  it('whose header says that they start elsewhere are never taken for a beginning', async () => {
    const ensembl = await openFasta(localFile(unpacked('homo_sapiens_grch37_small.fa.gz')));
    const { accessions, ignored } = sequencesOfFile(ensembl, 'GRCh37', { release: 'small', allowPrefixes: true });
    expect(accessions).toHaveLength(24);
    expect(accessions).toContain('NC_012920.1');
    // Y's header starts at 2649521.
    expect(ignored).toContain('Y');
    const gene = await openFasta(
      localFile(realFile('10_liftover_reference/bcftools_csq_genes/ENST00000357367/ENST00000357367.fa')),
    );
    expect(() => sequencesOfFile(gene, 'GRCh37', { release: 'gene' })).toThrow(/can't stand for it/);
    expect(() => sequencesOfFile(gene, 'GRCh37', { release: 'gene', allowPrefixes: true })).toThrow(/no chromosome/);
  });

  it.skipIf(!hasBgzip || !hasSamtools)('agree with samtools faidx, plain and compressed by bgzip', async () => {
    const path = unpacked('homo_sapiens_grch38_small.fa.gz');
    const packed = `${path}.packed.gz`;
    execFileSync('sh', ['-c', `bgzip -c "${path}" > "${packed}"`]);
    const readers = [await openFasta(localFile(path)), await openFasta(localFile(packed))];
    for (let n = 0; n < 20; n++) {
      const { name, length } = readers[0]!.entries[between(random, 0, readers[0]!.entries.length - 1)]!;
      const start = between(random, 0, length - 1);
      const end = between(random, start + 1, length);
      const judge = execFileSync('samtools', ['faidx', path, `${name}:${start + 1}-${end}`]).toString();
      const expected = judge.slice(judge.indexOf('\n')).replaceAll('\n', '');
      for (const reader of readers) expect(await reader.read(name, start, end)).toBe(expected);
    }
  });

  it('are one reference together', async () => {
    const [one, other] = await Promise.all(
      ['Homo_sapiens_assembly19_chr1_1M.fasta.gz', 'human_g1k_v37.chr17_1Mb.fasta.gz'].map(async (name) =>
        sequencesOfFile(await openFasta(localFile(unpacked(name))), 'GRCh37', { release: name, allowPrefixes: true }),
      ),
    );
    const both = combineSequences([one!, other!]);
    expect(both.has('NC_000001.10') && both.has('NC_000017.10')).toBe(true);
    expect(await both.sequence('NC_000017.10', interval(0, 4))).toBe('AAGC');
    expect(await both.sequence('NC_000001.10', interval(10_000, 10_006))).toBe('TAACCC');
    await expect(both.length('NC_000002.11')).rejects.toThrow(CannotAnswerError);
  });
});
