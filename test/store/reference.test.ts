import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { CannotAnswerError, InvalidInputError, UnavailableError } from '../../lib/genomics/errors.ts';
import { awsPorts } from '../../lib/store/aws.ts';
import type { ReferenceAddition } from '../../lib/store/reference-archive.ts';
import { s3Objects } from '../../lib/store/s3-objects.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { between, seeded } from '../support/random.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { writeTwoBit } from '../support/two-bit-writer.ts';

const random = seeded(23);
const someBases = (length: number): string => Array.from({ length }, () => 'ACGT'[between(random, 0, 3)]).join('');
const interval = (start: number, end: number) => ({ start0: interbase(start), end0: interbase(end) });
const RCRS = 'NC_012920.1';
const mitochondrion = someBases(16_569);
const island = someBases(5_000);
const CHR21 = { GRCh37: 48_129_895, GRCh38: 46_709_983 } as const;

/** A chain of one block, 1,000 bases of 21 that lie 200 bases further on in GRCh38. */
const CHAIN = `chain 1 chr21 ${CHR21.GRCh37} + 20000000 20001000 chr21 ${CHR21.GRCh38} + 20000200 20001200 1\n1000\n`;

/** A transcript of two exons on 21 of GRCh38, as cdot has it. */
const CDOT = JSON.stringify({
  cdot_version: '0.2.26',
  transcripts: {
    'NM_1.2': {
      gene_name: 'GENE',
      protein: 'NP_1.1',
      start_codon: 5,
      stop_codon: 35,
      genome_builds: {
        GRCh38: {
          contig: 'NC_000021.9',
          strand: '+',
          exons: [
            [20_000_200, 20_000_220, 0, 1, 20, null],
            [20_000_300, 20_000_330, 1, 21, 50, null],
          ],
        },
      },
    },
  },
});

let files: string;
let local: TemporaryArchive;
beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), 'reference-files-'));
});
afterAll(() => rm(files, { recursive: true, force: true }));
beforeEach(async () => {
  local = await temporaryArchive();
});
afterEach(() => local.remove());

const file = async (name: string, content: string | Buffer): Promise<string> => {
  const path = join(files, name);
  await writeFile(path, content);
  return path;
};
const fasta = (name: string, bases: string): string => `>${name}\n${bases.replaceAll(/.{1,60}/g, '$&\n')}`;
const twoBit = async (name: string, length: number = CHR21.GRCh38): Promise<string> => {
  const path = join(files, name);
  await writeTwoBit(path, [
    { name: 'chr21', length, islands: [{ start0: 20_000_000, bases: island }] },
    { name: 'chrM', length: mitochondrion.length, islands: [{ start0: 0, bases: mitochondrion }] },
  ]);
  return path;
};
const sequences = (path: string, more: Partial<ReferenceAddition> = {}): ReferenceAddition =>
  ({
    kind: 'sequences',
    path,
    assembly: 'GRCh38',
    format: path.endsWith('.2bit') ? 'twobit' : 'fasta',
    ...more,
  }) as ReferenceAddition;
const chains = (path: string, from: 'GRCh37' | 'GRCh38' = 'GRCh37'): ReferenceAddition => ({
  kind: 'chains',
  path,
  from,
  to: from === 'GRCh37' ? 'GRCh38' : 'GRCh37',
});

describe('without reference data', () => {
  it('every part says which command loads what it lacks', async () => {
    const reference = await local.ports.reference();
    expect(reference.release).toBe('none');
    expect(reference.sequences.has(RCRS)).toBe(false);
    const refusals = [
      [reference.sequences.sequence('NC_000021.8', interval(0, 1)), '--assembly GRCh37 --twobit FILE'],
      [reference.sequences.length('NC_000021.9'), '--assembly GRCh38 --twobit FILE'],
      [reference.chains.between('GRCh38', 'GRCh37'), '--chain FILE --from GRCh38 --to GRCh37'],
      [reference.transcripts.models('NM_1.2'), '--transcripts FILE'],
      [reference.transcripts.ofGene('GENE'), '--transcripts FILE'],
    ] as const;
    for (const [refused, command] of refusals) {
      await expect(refused).rejects.toThrow(CannotAnswerError);
      await expect(refused).rejects.toThrow(`genomics reference add ${command}`);
    }
  });
});

describe('reference files', () => {
  it('are answered as soon as they are added, and the release says so', async () => {
    const { reference } = local;
    const releases = [(await local.ports.reference()).release];
    const added = await reference.add(sequences(await twoBit('hg38.2bit')));
    expect(added).toMatchObject({ status: 'added', file: { chromosomes: ['NC_000021.9', RCRS], others: 0 } });
    expect(added.file.release).toMatch(/^hg38-[0-9a-f]{8}$/);
    releases.push((await local.ports.reference()).release);
    await reference.add(chains(await file('a.chain', CHAIN)));
    releases.push((await local.ports.reference()).release);
    await reference.add({ kind: 'transcripts', path: await file('cdot.json.gz', gzipSync(CDOT)), release: 'RS_1' });

    const loaded = await local.ports.reference();
    releases.push(loaded.release);
    expect(new Set(releases).size).toBe(4);
    expect(await local.ports.reference()).toBe(loaded);
    expect(await loaded.sequences.sequence('NC_000021.9', interval(20_000_000, 20_000_050))).toBe(island.slice(0, 50));
    expect(await loaded.sequences.length(RCRS)).toBe(16_569);
    const index = await loaded.chains.between('GRCh37', 'GRCh38');
    expect(index.blocks.get('NC_000021.8')).toMatchObject({ starts: Int32Array.of(20_000_000) });
    expect(await loaded.chains.between('GRCh37', 'GRCh38')).toBe(index);
    expect(await loaded.transcripts.models('NM_1.2')).toMatchObject([{ gene: 'GENE', cds: { txStart0: 5 } }]);
    expect(await loaded.transcripts.models('NM_1.1')).toEqual([]);
    expect(loaded.transcripts.release).toBe('RS_1');

    const listed = await reference.list();
    expect(listed.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'transcripts cdot.json.gz',
      'chains a.chain',
      'sequences hg38.2bit',
    ]);
    expect((await local.admin.verify()).problems).toEqual([]);
    expect(await readdir(join(local.folder, 'staging'))).toEqual([]);
  });

  it('are not stored twice, and replace what has their name and release', async () => {
    const { reference } = local;
    const path = await file('a.chain', CHAIN);
    await reference.add({ ...chains(path), release: 'mine' });
    const { release } = await local.ports.reference();
    expect((await reference.add({ ...chains(path), release: 'mine' })).status).toBe('unchanged');
    expect((await local.ports.reference()).release).toBe(release);

    await appendFile(path, '\n# another comment\n');
    expect((await reference.add({ ...chains(path), release: 'mine' })).status).toBe('replaced');
    expect(await reference.list()).toHaveLength(1);
    expect((await local.ports.reference()).release).not.toBe(release);
    expect((await reference.add({ ...chains(path), release: 'other' })).status).toBe('added');
    expect((await reference.list()).map((one) => one.release)).toEqual(['other', 'mine']);
  });

  it('of two for one purpose the newest is asked first, and a fallback last', async () => {
    const { reference } = local;
    const nearer = CHAIN.replaceAll('20000200', '20000100').replaceAll('20001200', '20001100');
    await reference.add(chains(await file('old.chain', CHAIN)));
    await reference.add(chains(await file('new.chain', nearer)));
    await reference.add({ ...chains(await file('demo.chain', `# demo\n${CHAIN}`)), fallback: true });
    const index = await (await local.ports.reference()).chains.between('GRCh37', 'GRCh38');
    expect(index.blocks.get('NC_000021.8')?.targets).toEqual(Int32Array.of(20_000_100));

    const window = fasta('NC_000021.9:20000000-20000100', 'A'.repeat(100));
    await reference.add({ ...sequences(await file('window.fa', window)), fallback: true });
    const windowed = (await local.ports.reference()).sequences;
    expect(windowed.has('NC_000021.9')).toBe(true);
    expect(windowed.has('NC_000021.9', interval(20_000_090, 20_000_101))).toBe(false);
    expect(await windowed.sequence('NC_000021.9', interval(20_000_090, 20_000_100))).toBe('A'.repeat(10));
    const beyond = windowed.sequence('NC_000021.9', interval(20_000_090, 20_000_101));
    await expect(beyond).rejects.toThrow(CannotAnswerError);
    await expect(beyond).rejects.toThrow(/at 20000090-20000101; add it with/);

    await reference.add(sequences(await twoBit('hg38.2bit')));
    const whole = (await local.ports.reference()).sequences;
    expect(await whole.sequence('NC_000021.9', interval(20_000_090, 20_000_101))).toBe(island.slice(90, 101));
  });

  it('give the same bases from 2bit, plain FASTA and bgzip FASTA', async () => {
    const text = fasta('MT', mitochondrion);
    const path = await file('MT.fa', text);
    await local.reference.add(sequences(await twoBit('hg38.2bit'), { release: 'bit' }));
    const paths = [path];
    try {
      execFileSync('sh', ['-c', `bgzip -c "${path}" > "${path}.gz"`]);
      paths.push(`${path}.gz`);
    } catch {
      console.warn('SKIPPED: bgzip is not installed, so BGZF-compressed FASTA is not tried');
    }
    const readings: string[] = [];
    for (const each of [undefined, ...paths]) {
      // The newest file is the one that answers.
      if (each !== undefined) await local.reference.add(sequences(each));
      const { sequences: read } = await local.ports.reference();
      readings.push(
        (await read.sequence(RCRS, interval(3_000, 3_200))) + (await read.sequence(RCRS, interval(16_500, 16_569))),
      );
    }
    expect(new Set(readings)).toEqual(new Set([mitochondrion.slice(3_000, 3_200) + mitochondrion.slice(16_500)]));
  });

  it('keep sequences that are no chromosomes', async () => {
    await local.reference.add(
      sequences(await file('rna.fa', `${fasta('NM_1.2', 'ACGT'.repeat(20))}${fasta('other', 'ACGT')}`)),
    );
    const { sequences: read } = await local.ports.reference();
    expect(read.has('NM_1.2')).toBe(true);
    expect(await read.sequence('NM_1.2', interval(2, 6))).toBe('GTAC');
  });

  it('all arrive when several are added at once', async () => {
    const paths = await Promise.all([1, 2, 3, 4].map((n) => file(`${n}.chain`, `# ${n}\n${CHAIN}`)));
    await Promise.all(paths.map((path) => local.reference.add(chains(path))));
    expect((await local.reference.list()).map(({ name }) => name).toSorted()).toEqual(
      [1, 2, 3, 4].map((n) => `${n}.chain`),
    );
  });
});

describe('a file that is not what it should be', () => {
  const refused: readonly (readonly [string, () => Promise<ReferenceAddition>, RegExp])[] = [
    ['no file', async () => chains(join(files, 'nowhere.chain')), /there is no file/],
    [
      'a 2bit file cut short',
      async () => {
        const path = await twoBit('short.2bit');
        await truncate(path, 5_000_000);
        return sequences(path);
      },
      /short\.2bit is cut short|damaged or cut short/,
    ],
    [
      'a 2bit file without its index',
      async () => {
        const path = await twoBit('tiny.2bit');
        await truncate(path, 20);
        return sequences(path);
      },
      /damaged or cut short/,
    ],
    [
      'no 2bit at all',
      async () => sequences(await file('text.2bit', 'Some words about sequences.')),
      /not a little-endian 2bit/,
    ],
    ['another assembly', async () => sequences(await twoBit('hg19.2bit', CHR21.GRCh37)), /chr21 has 48129895 bases/],
    ['a slice', async () => sequences(await file('slice.fa', fasta('21', island))), /can't stand for it/],
    [
      'a window of a wrong length',
      async () => sequences(await file('w.fa', fasta('NC_000021.9:5-9', 'ACGTA'))),
      /named by interbase ends/,
    ],
    [
      'FASTA compressed by gzip',
      async () => sequences(await file('plain.fa.gz', gzipSync(fasta('MT', mitochondrion)))),
      /use bgzip/,
    ],
    [
      'a chain file of the other direction',
      async () => chains(await file('back.chain', CHAIN), 'GRCh38'),
      /line 1: .*direction right/,
    ],
    ['a chain cut short', async () => chains(await file('cut.chain', CHAIN.split('\n')[0] as string)), /has no end/],
    [
      'a damaged gzip',
      async () => chains(await file('bad.chain.gz', gzipSync(CHAIN).subarray(0, 60))),
      /can't be unpacked/,
    ],
    [
      'a damaged gzip of transcripts',
      async () => ({ kind: 'transcripts', path: await file('bad.json.gz', gzipSync(CDOT).subarray(0, 150)) }),
      /bad\.json\.gz is damaged/,
    ],
    [
      'a cdot file cut short',
      async () => ({ kind: 'transcripts', path: await file('cut.json', CDOT.slice(0, -9)) }),
      /cut\.json: .*cut short/,
    ],
    [
      'a damaged transcript',
      async () => ({
        kind: 'transcripts',
        path: await file('d.json', CDOT.replace('"stop_codon":35', '"stop_codon":3500')),
      }),
      /NM_1\.2/,
    ],
    [
      'a damaged GFF3 line',
      async () => ({
        kind: 'transcripts',
        path: await file('d.gff3', '##gff-version 3\nNC_000021.9\tx\texon\t9\t3\n'),
      }),
      /d\.gff3: .*line 2/,
    ],
    [
      'some other text',
      async () => ({ kind: 'transcripts', path: await file('words.txt', 'chr1\t1\t2\n') }),
      /neither GFF3/,
    ],
    [
      'no transcript of the assembly',
      async () => ({ kind: 'transcripts', assembly: 'GRCh37', path: await file('c.json', CDOT) }),
      /no transcript/,
    ],
    [
      'an unusable release name',
      async () => ({ ...chains(await file('a.chain', CHAIN)), release: '../x' }),
      /not a release name/,
    ],
  ];
  it.each(refused)('is refused: %s', async (_, addition, message) => {
    const failure = local.reference.add(await addition());
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(InvalidInputError);
    expect(await local.reference.list()).toEqual([]);
    expect(existsSync(join(local.folder, 'objects'))).toBe(false);
    const staging = join(local.folder, 'staging');
    expect(existsSync(staging) ? await readdir(staging) : []).toEqual([]);
  });
});

describe('stored reference files', () => {
  it('that are damaged are an error, and verify names them', async () => {
    const { file: added } = await local.reference.add(sequences(await twoBit('hg38.2bit')));
    const { file: chain } = await local.reference.add(chains(await file('a.chain', CHAIN)));
    const path = join(local.folder, 'objects', added.key);
    await truncate(path, added.bytes - 1);
    await rm(join(local.folder, 'objects', `${chain.key}.index`));
    const loaded = await local.ports.reference();
    await expect(loaded.sequences.sequence(RCRS, interval(0, 10))).rejects.toThrow(UnavailableError);
    await expect(loaded.chains.between('GRCh37', 'GRCh38')).rejects.toThrow(UnavailableError);
    const { problems } = await local.admin.verify();
    expect(problems.map(({ study, key }) => `${study} ${key}`)).toEqual([
      `reference ${chain.key}.index`,
      `reference ${added.key}`,
    ]);
  });

  it('are kept by sweep; what no list names is not', async () => {
    const { file: kept } = await local.reference.add(chains(await file('a.chain', CHAIN)));
    const lost = join(local.folder, 'staging', 'lost');
    await writeFile(lost, 'left by a process that was killed before its list was written');
    await local.archive.publish(lost, 'reference/sequences/GRCh38/x/abc/x.2bit');
    expect((await local.admin.sweep({ olderThanHours: 1 })).objects).toBe(0);
    const old = new Date(Date.now() - 48 * 3_600_000);
    for (const key of [kept.key, 'reference/sequences/GRCh38/x/abc/x.2bit']) {
      await utimes(join(local.folder, 'objects', key), old, old);
    }
    // The list was just written, so what it named before may still be read.
    expect((await local.admin.sweep({ olderThanHours: 24 })).objects).toBe(0);
    expect((await local.admin.sweep({ olderThanHours: 0 })).objects).toBe(1);
    expect((await local.admin.verify()).problems).toEqual([]);
    const loaded = await local.ports.reference();
    expect((await loaded.chains.between('GRCh37', 'GRCh38')).chains).toHaveLength(1);
  });
});

describe('reference files in a bucket', () => {
  let s3: S3Server;
  beforeEach(async () => {
    s3 = await startS3Server('archive');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await s3.close();
  });

  it('are read in pieces by a function', async () => {
    await local.reference.add(sequences(await twoBit('hg38.2bit')));
    await local.reference.add(chains(await file('a.chain', CHAIN)));
    await local.reference.add({ kind: 'transcripts', path: await file('cdot.json', CDOT) });
    const folder = join(local.folder, 'objects');
    for (const key of await readdir(join(folder), { recursive: true })) {
      const body = await readFile(join(folder, key)).catch(() => undefined);
      if (body !== undefined) s3.objects.set(key, body);
    }
    const { port, key } = JSON.parse(await readFile(join(local.folder, 'dynamodb.json'), 'utf8'));
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', key);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', key);
    const ports = await awsPorts({ ...process.env, GENOMICS_TABLE: 'genomics', GENOMICS_BUCKET: 'archive' });
    const loaded = await ports.reference();
    const gets = () => s3.requests.filter((request) => request.startsWith('GET'));
    expect(gets()).toEqual([]);
    const [one, other] = await Promise.all([
      loaded.sequences.sequence('NC_000021.9', interval(20_000_100, 20_000_150)),
      loaded.sequences.sequence(RCRS, interval(0, 20)),
    ]);
    expect([one, other]).toEqual([island.slice(100, 150), mitochondrion.slice(0, 20)]);
    // The index, then one block of each sequence: never the whole file.
    expect(gets()).toHaveLength(3);
    expect(Math.max(...s3.sent)).toBeLessThan(10_000);
    await loaded.sequences.sequence('NC_000021.9', interval(20_000_110, 20_000_120));
    expect(gets()).toHaveLength(3);
    expect((await loaded.chains.between('GRCh37', 'GRCh38')).chains).toHaveLength(1);
    expect(await loaded.transcripts.versions('NM_1')).toEqual(['NM_1.2']);
  });

  describe('pieces of an object', () => {
    const body = Buffer.from('0123456789');
    const object = { key: 'reference/x', bytes: 10, sha256: '0'.repeat(64) };
    const read = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    let client: S3Client;
    const open = () =>
      s3Objects({ client, bucket: 'archive', cacheFolder: join(local.folder, 'cache'), cacheBytes: 100 });
    beforeEach(() => {
      const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
      client = new S3Client({
        endpoint: s3.endpoint,
        region: 'local',
        forcePathStyle: true,
        credentials,
        maxAttempts: 1,
      });
      s3.objects.set(object.key, body);
    });
    afterEach(() => client.destroy());

    it.each(['error 500', 'cut short'] as const)('are asked for again after %s', async (fault) => {
      s3.faults.push(fault);
      expect(read(await open().range(object, 3, 4))).toBe('3456');
      s3.faults.push(fault, fault, fault);
      await expect(open().range(object, 3, 4)).rejects.toThrow(UnavailableError);
    });

    it('are an error when the object is gone, has another size or has been replaced', async () => {
      const objects = open();
      expect(read(await objects.range(object, 0, 2))).toBe('01');
      await expect(objects.range({ ...object, bytes: 11 }, 0, 2)).rejects.toThrow(UnavailableError);
      s3.objects.set(object.key, Buffer.from('abcdefghij'));
      await expect(objects.range(object, 2, 2)).rejects.toThrow(UnavailableError);
      s3.objects.clear();
      await expect(objects.range(object, 2, 2)).rejects.toThrow(UnavailableError);
    });
  });
});
