import { describe, expect, it } from 'vitest';
import { type Info, type StructuralSource, structuralAllele } from '../../lib/ingest/structural.ts';

const at = (alt: string, info: Info, more: Partial<StructuralSource> = {}): StructuralSource => ({
  version: '4.2',
  contig: 'chr1',
  contigLength: 10_000,
  position: 100,
  ref: 'N',
  alt,
  index: 0,
  count: 1,
  info,
  ...more,
});

/** `[start0, end0]`, `[outer]`, `[inner]`. */
const bounds = (source: StructuralSource) => {
  const { start0, end0, outerStart0, outerEnd0, innerStart0, innerEnd0 } = structuralAllele(source);
  return [
    [start0, end0],
    [outerStart0, outerEnd0],
    [innerStart0, innerEnd0],
  ];
};

const none = [undefined, undefined];

describe('where a structural variant lies', () => {
  it.each<[string, StructuralSource, unknown]>([
    [
      'DEL by END',
      at('<DEL>', { END: [200] }),
      [
        [100, 200],
        [100, 200],
        [100, 200],
      ],
    ],
    [
      'DEL by SVLEN',
      at('<DEL>', { SVLEN: [-50] }),
      [
        [100, 150],
        [100, 150],
        [100, 150],
      ],
    ],
    [
      'END before SVLEN until VCF 4.3',
      at('<DEL>', { END: [200], SVLEN: [-50] }),
      [
        [100, 200],
        [100, 200],
        [100, 200],
      ],
    ],
    [
      'SVLEN before END from VCF 4.4',
      at('<DEL>', { END: [200], SVLEN: [50] }, { version: '4.4' }),
      [
        [100, 150],
        [100, 150],
        [100, 150],
      ],
    ],
    [
      'each ALT by its own SVLEN',
      at('<DUP>', { END: [300], SVLEN: [50, 200] }, { index: 1, count: 2 }),
      [
        [100, 300],
        [100, 300],
        [100, 300],
      ],
    ],
    [
      'the shorter of them',
      at('<DEL>', { END: [300], SVLEN: [-50, 200] }, { index: 0, count: 2 }),
      [
        [100, 150],
        [100, 150],
        [100, 150],
      ],
    ],
    [
      'CIPOS and CIEND',
      at('<DEL>', { END: [200], CIPOS: [-10, 20], CIEND: [-5, 30] }),
      [
        [100, 200],
        [90, 230],
        [120, 195],
      ],
    ],
    ['nothing certain', at('<DEL>', { END: [110], CIPOS: [-5, 20], CIEND: [-20, 5] }), [[100, 110], [95, 115], none]],
    [
      'wide intervals stay on the chromosome',
      at('<DEL>', { END: [9990], CIPOS: [-500, 0], CIEND: [0, 500] }),
      [
        [100, 9990],
        [0, 10_000],
        [100, 9990],
      ],
    ],
    [
      'INS',
      at('<INS>', { END: [100], SVLEN: [300] }),
      [
        [100, 100],
        [100, 100],
        [100, 100],
      ],
    ],
    ['INS, uncertain', at('<INS:ME:ALU>', { CIPOS: [-7, 8] }), [[100, 100], [93, 108], none]],
    [
      'CPX at its breakpoint',
      at('<CPX>', { END: [200] }),
      [
        [100, 100],
        [100, 100],
        [100, 100],
      ],
    ],
    [
      'DEL with an end elsewhere',
      at('<DEL>', { CHR2: ['chr5'], END: [50] }),
      [
        [100, 100],
        [100, 100],
        [100, 100],
      ],
    ],
    [
      'sequence of 60 bases',
      at('A'.repeat(61), {}, { ref: 'A' }),
      [
        [99, 99],
        [99, 99],
        [99, 99],
      ],
    ],
    [
      'at the last base',
      at('<DUP>', { END: [10_000] }, { position: 10_000 }),
      [
        [10_000, 10_000],
        [10_000, 10_000],
        [10_000, 10_000],
      ],
    ],
  ])('%s', (_name, source, expected) => {
    expect(bounds(source)).toEqual(expected);
  });

  // VCF 4.5, section 5.4: the four orders of bases and brackets.
  it.each([
    ['N[chr2:500[', 100, 499],
    ['N]chr2:500]', 100, 500],
    ['[chr2:500[N', 99, 499],
    [']chr2:500]N', 99, 500],
    ['NACGT[chr2:500[', 100, 499],
    ['N[<ctg1>:7[', 100, 6],
  ])('breakend %s', (alt, start0, mateStart0) => {
    const found = structuralAllele(at(alt, { SVTYPE: ['BND'] }));
    expect(found).toMatchObject({ start0, end0: start0, changeType: 'BND', mateStart0 });
    expect(found.mateContig).toBe(alt.includes('ctg1') ? 'ctg1' : 'chr2');
  });

  it.each([
    ['N.', 100],
    ['.N', 99],
  ])('single breakend %s', (alt, start0) => {
    const found = structuralAllele(at(alt, {}));
    expect(found).toMatchObject({ start0, end0: start0, changeType: 'BND' });
    expect(found.mateContig).toBeUndefined();
  });

  it.each([
    ['<TRA>', { CHR2: ['chr7'], END: [4_000_000] }, 'chr7', 4_000_000],
    ['<BND>', { CHR2: ['chr7'], END2: [77], END: [100] }, 'chr7', 77],
    ['<BND>', { CHR2: ['chr7'], POS2: [78], END: [101] }, 'chr7', 78],
    ['<CTX>', { END: [500] }, 'chr1', 500],
  ])('%s never ends on another chromosome', (alt, info, mateContig, mateStart0) => {
    expect(structuralAllele(at(alt, info))).toMatchObject({ start0: 100, end0: 100, mateContig, mateStart0 });
  });
});

describe('what a structural variant is', () => {
  it.each<[string, string, Info, Partial<StructuralSource>, unknown]>([
    ['<DEL>', '<DEL>', { END: [200] }, {}, { changeType: 'DEL', svLength: -100 }],
    ['<DEL:ME:ALU>', '<DEL:ME:ALU>', { END: [200], SVLEN: [-100] }, {}, { changeType: 'DEL', svLength: -100 }],
    ['<DUP:TANDEM>', '<DUP:TANDEM>', { END: [200] }, {}, { changeType: 'DUP', svLength: 100 }],
    ['<INV>', '<INV>', { END: [200] }, {}, { changeType: 'INV', svLength: 100 }],
    ['<CNV>', '<CNV>', { END: [200], CN: [4] }, {}, { changeType: 'CNV', copyNumber: 4 }],
    ['<CN0> by SVTYPE', '<CN0>', { END: [200], SVTYPE: ['DEL'] }, {}, { changeType: 'DEL' }],
    ['<CN2> without SVTYPE', '<CN2>', { END: [200] }, {}, { changeType: 'CNV' }],
    ['<INVDUP>', '<INVDUP>', { END: [200] }, {}, { changeType: 'CPX' }],
    ['a symbol of its own', '<FOO>', { END: [200], SVTYPE: ['DUP'] }, {}, { changeType: 'DUP' }],
    [
      'VCF 4.4 SVLEN of a deletion',
      '<DEL>',
      { SVLEN: [100] },
      { version: '4.4' },
      { changeType: 'DEL', svLength: -100 },
    ],
    ['a DUP written out', 'ACGT', { SVTYPE: ['DUP'] }, { ref: 'A' }, { changeType: 'DUP', start0: 100, svLength: 3 }],
    ['a sequence with SVTYPE', 'ATT', { SVTYPE: ['INS'] }, { ref: 'A' }, { changeType: 'INS', svLength: 2 }],
    ['IMPRECISE without bounds', '<DEL>', { END: [200], IMPRECISE: true }, {}, { imprecise: true, innerStart0: 100 }],
    ['without any end', '<DEL>', {}, {}, { start0: 100, end0: 100, imprecise: true }],
  ])('%s', (_name, alt, info, more, expected) => {
    expect(structuralAllele(at(alt, info, more))).toMatchObject(expected as object);
  });
});
