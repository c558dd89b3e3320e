import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type IngestArchive, ingestArchive } from '../support/ingest-archive.ts';
import { vcf } from '../support/vcf-builder.ts';

let archive: IngestArchive;
const archives: IngestArchive[] = [];
beforeEach(() => {
  archive = ingestArchive();
  archives.push(archive);
});
afterAll(() => {
  for (const made of archives) made.remove();
});

/** `kind start0-end0`, with the subject where a row is one subject's. */
const regions = async (): Promise<readonly string[]> =>
  (await archive.rows('regions')).map(
    ({ subject, kind, start0, end0 }) => `${subject === null ? '' : `${subject} `}${kind} ${start0}-${end0}`,
  );

describe('called, uncalled and filtered sites', () => {
  it('joins what adjoins, and keeps apart what does not', async () => {
    await archive.load(
      vcf([
        { pos: 100, samples: ['0/0'] },
        { pos: 101, samples: ['0/1'] },
        { pos: 102, ref: 'ATT', alt: 'A', samples: ['0/0'] },
        { pos: 103, samples: ['1/1'] },
        { pos: 106, samples: ['0'] },
        { pos: 107, samples: ['./.'] },
        { pos: 108, samples: ['./1'] },
        { pos: 110, filter: 'q10' },
        { pos: 112, alt: '.', samples: ['0/0'] },
        { pos: 113, alt: '*', samples: ['0/1'] },
      ]),
    );
    expect(await regions()).toEqual([
      'called 99-104',
      'called 105-106',
      'called 111-113',
      'filtered 109-110',
      'uncalled 106-108',
    ]);
  });

  it('states exceptions by subject', async () => {
    const samples = ['A', 'B', 'C'];
    await archive.load(
      vcf(
        [
          { pos: 100, samples: ['0/1', './.', '0/0'] },
          { pos: 101, samples: ['./.', './.', './.'] },
          { pos: 200, format: 'GT:FT', samples: ['0/0:PASS', '0/1:LowDP', '0/0:.'] },
        ],
        { samples },
      ),
      { allSamples: true },
    );
    expect(await regions()).toEqual([
      'called 99-100',
      'called 199-200',
      'B filtered 199-200',
      'B uncalled 99-100',
      'uncalled 100-101',
    ]);
  });
});

describe('reference blocks', () => {
  const block = (pos: number, end: number, sample: string, more = {}) => ({
    pos,
    alt: '<NON_REF>',
    info: `END=${end}`,
    format: 'GT:DP:GQ:MIN_DP',
    samples: [sample],
    ...more,
  });

  it('are callable with reads and quality', async () => {
    await archive.load(
      vcf([
        block(1, 100, '0/0:30:50:20'),
        block(101, 200, '0/0:30:20:1'),
        block(201, 300, '0/0:30:19:20'),
        block(301, 400, '0/0:30:99:0'),
        block(401, 500, './.:30:99:20'),
        block(501, 600, '0/0:30:99:20', { filter: 'LowQual' }),
        block(601, 700, '0/0:30:99:20', { alt: '<*>' }),
        block(701, 800, '0/0:30:99', { alt: '.' }),
        { pos: 801, alt: 'G,<NON_REF>', samples: ['0/1'] },
        { pos: 802, alt: '<NON_REF>', format: 'GT:DP:GQ', samples: ['0/0:30:99'] },
      ]),
    );
    expect(await regions()).toEqual([
      'block 0-200',
      'block 600-800',
      'block 801-802',
      'called 800-801',
      'filtered 500-600',
      'uncalled 400-500',
    ]);
    const [study] = archive.studies.values();
    expect(study?.study.inputs[0]).toMatchObject({ referenceBlocks: true, counts: { 'reference-blocks': 9 } });
  });

  it('follow the quality asked for', async () => {
    await archive.load(vcf([block(1, 100, '0/0:30:19:20')]), {}, { blockQuality: 10 });
    expect(await regions()).toEqual(['block 0-100']);
  });

  it("are each sample's own", async () => {
    const two = { samples: ['0/0:30:50:20', '0/0:30:5:20'] };
    await archive.load(vcf([block(1, 100, '', two)], { samples: ['A', 'B'] }), { allSamples: true });
    expect(await regions()).toEqual(['A block 0-100']);
  });

  it('may have their length in the sample (VCF 4.5)', async () => {
    const record = { pos: 1, alt: '<*>', format: 'GT:DP:GQ:LEN', samples: ['0/0:30:50:40'] };
    await archive.load(vcf([record], { version: '4.5' }));
    expect(await regions()).toEqual(['block 0-40']);
  });
});

describe('BED', () => {
  const bed =
    'track name=panel\n# comment\nchr1\t100\t200\tBRCA1\nchr1\t150\t250\nchr1\t250\t260\n2\t5\t9\nchrUn_x\t1\t2\n';

  it('is merged, by chromosome, also where the VCF has no record', async () => {
    const studied = archive.file('studied.bed', bed);
    const uncallable = archive.file('uncallable.bed', 'chr1\t120\t130\n');
    await archive.load(vcf([{ pos: 500, samples: ['0/0'] }]), { studied, uncallable });
    expect(await regions()).toEqual(['called 499-500', 'studied 100-260', 'uncallable 120-130', 'studied 5-9']);
    const [study] = archive.studies.values();
    expect(study?.study.inputs[0]).toMatchObject({ studiedRegions: true, uncallableRegions: true });
    expect(study?.files.map(({ chromosome }) => chromosome).sort()).toEqual(['1', '2']);
    expect(study?.study.inputs[0]?.counts).toMatchObject({ 'bed-outside-primary-assembly': 1 });
  });

  it('is kept with a VCF that has no record', async () => {
    await archive.load(vcf([]), { studied: archive.file('studied.bed', bed) });
    expect(await regions()).toEqual(['studied 100-260', 'studied 5-9']);
  });
});
