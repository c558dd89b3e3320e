import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GenomicsError } from '../../lib/genomics/errors.ts';
import type { IngestInput, IngestRequest } from '../../lib/ingest/request.ts';
import { type IngestArchive, ingestArchive } from '../support/ingest-archive.ts';
import { vcf } from '../support/vcf-builder.ts';

let archive: IngestArchive;
beforeAll(async () => {
  archive = ingestArchive();
  // Something to lose.
  await archive.load(vcf([{ pos: 10 }]), {}, { study: 'kept' });
});
afterAll(() => archive.remove());

/** The message of a refusal; fails when there is none, or when it left a trace. */
async function refusal(
  content: string | Buffer,
  input: Partial<IngestInput> = {},
  request: Partial<IngestRequest> = {},
) {
  const path = archive.file('bad.vcf', content);
  const before = archive.hash();
  const error = await archive.load(path, input, request).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GenomicsError)) throw new Error(`not refused as it should be: ${error}`, { cause: error });
  expect(archive.hash()).toBe(before);
  expect(error.message).not.toContain('\n');
  return error.message;
}

const good = vcf([{ pos: 100 }, { pos: 200 }]);
const two = { samples: ['S1', 'S2'] };
const long = Array.from({ length: 5000 }, (_, index) => ({ pos: 100 + index * 7, id: `rs${index}` }));

describe('a file that cannot be read whole', () => {
  it.each<[string, () => string | Buffer, RegExp]>([
    ['0 bytes', () => '', /is empty \(0 bytes\)/],
    ['no header', () => 'chr1\t100\t.\tA\tG\t.\tPASS\t.\n', /line 1: no VCF header/],
    ['only a file format', () => '##fileformat=VCFv4.2\n', /line 1: the column line must be/],
    ['VCF 4.0', () => good.replace('4.2', '4.0'), /line 1: version 'VCFv4\.0' is not read/],
    ['VCF 5', () => good.replace('4.2', '5.0'), /version 'VCFv5\.0' is not read/],
    ['truncated gzip', () => gzipSync(vcf(long)).subarray(0, -200), /is cut: its gzip stream ends early/],
    ['damaged gzip', () => spoiled(gzipSync(vcf(long))), /is damaged/],
    ['text after gzip', () => Buffer.concat([gzipSync(good), Buffer.from('more')]), /is damaged/],
    ['BGZF without its end block', () => bgzf(good), /BGZF end block is missing/],
    ['CRLF', () => good.replaceAll('\n', '\r\n'), /line 1: a carriage return/],
    [
      'Latin-1',
      () => Buffer.from(vcf([{ pos: 100, info: 'GENE=Sjögren' }]), 'latin1'),
      /line 8: bytes that are not UTF-8/,
    ],
    ['NUL', () => good.replace('PASS', 'PA\0S'), /line 8: a NUL byte/],
    ['BCF', () => Buffer.from('BCF\u0002\u0002\0\0\0\0'), /BCF: convert it/],
  ])('%s', async (_name, content, message) => {
    expect(await refusal(content())).toMatch(message);
  });
});

describe('a line that is not a record', () => {
  it.each<[string, string, RegExp]>([
    ['a column too few', good.replace('chr1\t200\t', 'chr1\t'), /bad\.vcf, line 9: /],
    ['a sample too few', vcf([{ pos: 1, samples: ['0/1'] }], two), /line 8: 1 sample columns, but the header names 2/],
    [
      'a sample too many',
      vcf([{ pos: 1, samples: ['0/0', '0/0', '0/0'] }], two),
      /3 sample columns, but the header names 2/,
    ],
    ['joined haploid fields', vcf([{ pos: 1, samples: ['0 0', '0'] }], two), /no genotype/],
    ['POS not a number', vcf([{ pos: Number.NaN }]), /POS 'NaN' is not a number/],
    ['POS beyond the chromosome', vcf([{ pos: 248_956_424 }]), /lies beyond chr1 \(248956422 bases\)/],
    ['REF outside the alphabet', vcf([{ pos: 1, ref: 'R' }]), /REF 'R' is not a sequence/],
    ['REF beyond the chromosome', vcf([{ pos: 248_956_422, ref: 'AC' }]), /REF reaches beyond chr1/],
    ['ALT that is no allele', vcf([{ pos: 1, alt: 'G,Z' }]), /ALT 'Z' is not an allele/],
    ['ALT . beside another', vcf([{ pos: 1, alt: 'G,.' }]), /ALT has \. beside/],
    ['unsorted', vcf([{ pos: 200 }, { pos: 100 }]), /line 9: POS 100 comes after 200; sort the file/],
    [
      'a contig that comes back',
      vcf([{ pos: 1 }, { chrom: 'chr2', pos: 1 }, { pos: 2 }]),
      /line 10: 'chr1' comes back/,
    ],
    ['one chromosome by two names', vcf([{ pos: 1 }, { chrom: '1', pos: 2 }]), /came before by another name/],
    ['an allele that ALT has not', vcf([{ pos: 1, samples: ['0/2'] }]), /names an allele beyond the 1 of ALT/],
    ['a genotype that is none', vcf([{ pos: 1, samples: ['0/x'] }]), /: a sample's GT is no genotype; write/],
    ['an empty sample', vcf([{ pos: 1, samples: [''] }]), /is no genotype/],
    [
      'more fields than keys',
      vcf([{ pos: 1, format: 'GT:DP', samples: ['0/1:3:4'] }]),
      /more fields than FORMAT has keys/,
    ],
    ['GT not first', vcf([{ pos: 1, format: 'DP:GT', samples: ['3:0/1'] }]), /GT must be the first/],
    ['a key twice', vcf([{ pos: 1, format: 'GT:AD:AD', samples: ['0/1:1,2:1,2'] }]), /FORMAT lists AD twice/],
    ['no GT', vcf([{ pos: 1, format: 'DP', samples: ['3'] }]), /no genotype \(GT\); only a somatic file/],
    ['PASS beside a filter', vcf([{ pos: 1, filter: 'PASS;q10' }]), /FILTER 'PASS;q10'/],
    ['END before POS', vcf([{ pos: 500, alt: '<DEL>', info: 'SVTYPE=DEL;END=400' }]), /END 400 lies before POS 500/],
    ['END beyond the chromosome', vcf([{ pos: 500, alt: '<DEL>', info: 'END=248956423' }]), /beyond the chromosome/],
    [
      'a block that ends before it starts',
      vcf([{ pos: 500, alt: '<*>', info: 'END=40', samples: ['0/0'] }]),
      /END 40 lies before/,
    ],
    [
      'an END that is no number',
      vcf([{ pos: 5, alt: '<*>', info: 'END=x', samples: ['0/0'] }]),
      /END 'x' is not a position/,
    ],
    ['an empty line', good.replace('chr1\t200', '\nchr1\t200'), /line 9: /],
  ])('%s', async (_name, content, message) => {
    expect(await refusal(content, { sample: 'S1' })).toMatch(message);
  });
});

describe('what does not go together', () => {
  it.each<[string, string, Partial<IngestInput>, Partial<IngestRequest>, RegExp]>([
    [
      'the other assembly',
      good,
      {},
      { assembly: 'GRCh37' },
      /'chr1' has 248956422 bases, which is not GRCh37: this is GRCh38/,
    ],
    [
      "the other assembly's accession",
      vcf([{ chrom: 'NC_000001.10', pos: 5 }], { meta: [] }),
      {},
      {},
      /is of GRCh37, but the file was declared GRCh38/,
    ],
    [
      'lengths of no assembly',
      vcf([], { meta: ['##contig=<ID=20,length=62435964>'] }),
      {},
      {},
      /62435964 bases, which is not GRCh38 or the other/,
    ],
    [
      'hg19 chrM in GRCh38',
      vcf([], { meta: ['##contig=<ID=chrM,length=16571>'] }),
      {},
      {},
      /16571 bases, which is not GRCh38/,
    ],
    ['a sample that is not there', good, { sample: 'S9' }, {}, /no sample 'S9'; it has S1/],
    ['two samples and no choice', vcf([], two), {}, {}, /2 samples; choose one with --sample/],
    ['two columns of one name', vcf([], { samples: ['S1', 'S1'] }), {}, {}, /two columns are named 'S1'/],
    ['all of no samples', vcf([], { samples: [] }), { allSamples: true }, {}, /no sample columns/],
    ['a subject id with a space', good, { subject: 'Jane Doe' }, {}, /cannot be a subject id.*--sample-map/],
    [
      'a sample name that is no id',
      vcf([], { samples: ['a_b'] }),
      { allSamples: true },
      {},
      /'a_b' cannot be a subject id.*--sample-map/,
    ],
    ['a date that is none', good, {}, { testDate: '2026-02-30' }, /'2026-02-30' is not a date/],
    ['a study id with a slash', good, {}, { study: '../x' }, /cannot be a study id/],
    [
      'two samples of one subject',
      vcf([], two),
      {
        allSamples: true,
        sampleMap: new Map([
          ['S1', { subject: 'a' }],
          ['S2', { subject: 'a' }],
        ]),
      },
      {},
      /two samples belong to subject 'a'/,
    ],
    ['a sample outside the map', good, { allSamples: true, sampleMap: new Map() }, {}, /'S1' is not in the sample map/],
    ['another file for a study', good, {}, { study: 'kept' }, /study kept exists with other inputs.*--add.*--replace/],
  ])('%s', async (_name, content, input, request, message) => {
    expect(await refusal(content, input, request)).toMatch(message);
  });

  it('a file that is not there', async () => {
    const before = archive.hash();
    await expect(archive.load('/nowhere/no.vcf')).rejects.toThrow(/no\.vcf cannot be opened/);
    expect(archive.hash()).toBe(before);
  });

  it('an error in the last of several files leaves nothing of the first', async () => {
    const inputs = [good, vcf([{ pos: 2 }, { pos: 1 }])].map((text) => ({
      file: archive.file('one.vcf', text),
      subject: 'P1',
    }));
    const before = archive.hash();
    await expect(archive.load(good, {}, { inputs, study: 'both' })).rejects.toThrow(/POS 1 comes after 2/);
    expect(archive.hash()).toBe(before);
  });

  it.each<[string, string, RegExp]>([
    ['a bad line', 'chr1\t0\t100\nchr1\tten\t20\n', /line 2: not a BED line/],
    ['an end before its start', 'chr1\t100\t10\n', /ends \(10\) before it starts \(100\)/],
    ['an end beyond the chromosome', 'chr1\t0\t248956423\n', /has 248956422 bases, the region ends at 248956423/],
  ])('a BED with %s', async (_name, bed, message) => {
    expect(await refusal(good, { studied: archive.file('regions.bed', bed) }, { study: 'bed' })).toMatch(message);
  });
});

function spoiled(bytes: Buffer): Buffer {
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 40);
  return bytes;
}

/** A gzip member with BGZF's extra field (its size is not looked at), and no end block after it. */
function bgzf(text: string): Buffer {
  const member = gzipSync(text);
  const extra = Buffer.from([6, 0, 0x42, 0x43, 2, 0, 0, 0]);
  const head = Buffer.from(member.subarray(0, 10));
  head[3] = 4;
  return Buffer.concat([head, extra, member.subarray(10)]);
}
