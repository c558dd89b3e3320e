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

const shown = async () =>
  (await archive.rows('structural')).map(({ chromosome, start0, end0, alt, change_type, copy_number }) =>
    [chromosome, start0, end0, alt, change_type, copy_number].join(' '),
  );

describe('structural rows', () => {
  it('keeps every carried kind in one file, and reference calls out of it', async () => {
    await archive.load(
      vcf([
        { pos: 100, alt: '<DEL>', info: 'SVTYPE=DEL;END=300', format: 'GT:CN', samples: ['0/1:1'] },
        { pos: 150, alt: '<INS>', info: 'SVTYPE=INS', samples: ['0/0'] },
        { pos: 400, alt: 'A]chr2:500]', info: 'SVTYPE=BND', samples: ['0/1'] },
        { chrom: 'chr2', pos: 500, alt: 'A]chr1:400]', info: 'SVTYPE=BND', samples: ['0/1'] },
        { chrom: 'chr2', pos: 600, alt: '<CN0>,<CN3>', info: 'SVTYPE=CNV;END=900', samples: ['1|2'] },
      ]),
    );
    expect(await shown()).toEqual([
      '1 100 300 <DEL> DEL 1',
      '1 400 400 A]chr2:500] BND ',
      '2 500 500 A]chr1:400] BND ',
      '2 600 900 <CN0> CNV 3',
      '2 600 900 <CN3> CNV 3',
    ]);
    expect(await archive.rows('variants')).toEqual([]);
    const [study] = archive.studies.values();
    expect(study?.files.filter(({ kind }) => kind === 'structural')).toHaveLength(1);
  });

  it('puts a precise long allele in both files, a short one without SVTYPE in one', async () => {
    const inserted = `A${'C'.repeat(50)}`;
    await archive.load(
      vcf([
        { pos: 100, alt: inserted },
        { pos: 300, alt: inserted.slice(0, -1) },
      ]),
    );
    expect((await archive.rows('variants')).map(({ start0 }) => start0)).toEqual([100, 300]);
    expect(await shown()).toEqual([`1 100 100 ${inserted} INS `]);
  });

  it.each<[string, string, 'male' | 'female' | undefined, number, boolean]>([
    ['two copies', 'chr1', undefined, 2, false],
    ['three copies', 'chr1', undefined, 3, true],
    ['no copy', 'chr1', undefined, 0, true],
    ['one X of a man', 'chrX', 'male', 1, false],
    ['two X of a man', 'chrX', 'male', 2, true],
    ['two X of a woman', 'chrX', 'female', 2, false],
    ['one X of somebody', 'chrX', undefined, 1, false],
    ['three X of somebody', 'chrX', undefined, 3, true],
  ])('<CNV> with CN and no call: %s', async (_name, chrom, sex, copies, carried) => {
    const info = 'SVTYPE=CNV;END=60000000';
    await archive.load(
      vcf([{ chrom, pos: 50_000_000, alt: '<CNV>', info, format: 'GT:CN', samples: [`./.:${copies}`] }]),
      sex === undefined ? {} : { sex },
    );
    const rows = await archive.rows('structural');
    expect(rows.map(({ copy_number, allelic_state }) => [copy_number, allelic_state])).toEqual(
      carried ? [[copies, null]] : [],
    );
  });

  it('takes copy numbers without GT from a germline file', async () => {
    const record = { alt: '<CNV>', info: 'SVTYPE=CNV;END=900', format: 'CN' };
    await archive.load(
      vcf([
        { ...record, pos: 100, samples: ['4'] },
        { ...record, pos: 200, samples: ['2'] },
      ]),
    );
    expect(await shown()).toEqual(['1 100 900 <CNV> CNV 4']);
  });

  it('gives no called site, but says where a record failed or had no call', async () => {
    await archive.load(
      vcf([
        { pos: 100, alt: '<DEL>', info: 'END=3000', samples: ['0/0'] },
        { pos: 200, alt: '<DEL>', info: 'END=3000', samples: ['./.'] },
        { pos: 300, alt: '<DEL>', info: 'END=3000', filter: 'LowQual' },
      ]),
    );
    const rows = await archive.rows('regions');
    expect(rows.map(({ kind, start0, end0 }) => [kind, start0, end0])).toEqual([
      ['filtered', 299, 300],
      ['uncalled', 199, 200],
    ]);
  });
});
