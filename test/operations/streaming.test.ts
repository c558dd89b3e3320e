import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import type { StoredVariant } from '../../lib/genomics/variant.ts';
import { findSubjectSpecificVariants } from '../../lib/operations/find-subject-specific-variants.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import type { Answer, Ports, VariantStore } from '../../lib/operations/ports.ts';
import { inputOf, phased, simpleRow, testOf } from '../support/archive-builder.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { answerOf, ask, responseProblems } from '../support/response.ts';

const STUDY = testOf('T1', 'GRCh38');
const RANGES = ['NC_000001.11:0-1000000', 'NC_000001.11:1000000-2000000'];

/** Rows at every tenth base. */
function rowsFrom(first: number, count: number): readonly StoredVariant[] {
  return Array.from({ length: count }, (_, by) =>
    simpleRow(STUDY, ['1', first + by * 10, 'A', 'G'], phased(by % 3 === 0 ? '0|1' : '1|0', '.')),
  );
}

function portsWith(variants: Partial<VariantStore>): Ports {
  const base = memoryPorts({ subjects: [{ subject: 'HG00403', studies: [STUDY] }] });
  return { ...base, variants: { ...base.variants, ...variants } };
}

async function piecesUntilFailure(ports: Ports, input = {}): Promise<{ pieces: string[]; error: unknown }> {
  const request = { subject: 'HG00403', ranges: RANGES, includeVariants: true, ...input };
  const prepared = await findSubjectVariants.prepare(request, ports);
  const pieces: string[] = [];
  try {
    for await (const piece of prepared.run()) pieces.push(piece);
    return { pieces, error: undefined };
  } catch (error) {
    return { pieces, error };
  }
}

const unreadable = new UnavailableError('a file can not be read');

describe('a failed read', () => {
  const fail = async () => {
    throw unreadable;
  };
  const failing = async function* (): AsyncGenerator<readonly Answer<StoredVariant>[]> {
    yield await fail();
  };

  it.each<readonly [string, Partial<VariantStore>, object]>([
    ['of the first rows', { simple: failing }, {}],
    ['of the coverage', { coverage: fail }, {}],
    ['of presence', { present: fail }, { includeVariants: false }],
  ])('%s comes before the first piece', async (_what, variants, input) => {
    const { pieces, error } = await piecesUntilFailure(portsWith(variants), input);
    expect(error).toBe(unreadable);
    expect(pieces).toEqual([]);
  });

  it('of the subject comes from prepare', async () => {
    const ports = { ...portsWith({}), studies: { subject: fail } };
    await expect(findSubjectVariants.prepare({ subject: 'HG00403', ranges: RANGES }, ports)).rejects.toBe(unreadable);
  });

  it('later leaves text that can not parse, without the presence of what was not read', async () => {
    const { pieces, error } = await piecesUntilFailure(
      portsWith({
        async *simple() {
          yield rowsFrom(1000, 50).map((row) => ({ index: 0, row }));
          throw unreadable;
        },
      }),
    );
    const text = pieces.join('');
    expect(error).toBe(unreadable);
    expect(pieces.length).toBeGreaterThan(1);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(text.match(/"presence"/g)).toHaveLength(1);
    expect(text).not.toContain(RANGES[1]);
  });
});

describe('a store that answers wrongly', () => {
  it.each([
    ['out of order', [1, 0]],
    ['what was not asked', [0, 7]],
  ])('%s is noticed', async (_what, indexes) => {
    const rows = rowsFrom(1000, 2);
    const { error } = await piecesUntilFailure(
      portsWith({
        async *simple() {
          for (const [place, index] of indexes.entries()) yield [{ index, row: rows[place]! }];
        },
      }),
    );
    expect(String(error)).toMatch(/the store answered/);
  });
});

describe('a long answer', () => {
  const rows = rowsFrom(1000, 3000);

  it('comes in pieces of bounded size while rows are still being read', async () => {
    let read = 0;
    const ports = portsWith({
      async *simple() {
        for (let from = 0; from < rows.length; from += 100) {
          read += 100;
          yield rows.slice(from, from + 100).map((row) => ({ index: 0, row }));
        }
      },
    });
    const prepared = await findSubjectVariants.prepare(
      { subject: 'HG00403', ranges: RANGES, includeVariants: true },
      ports,
    );
    let readAtFirstPiece: number | undefined;
    let longest = 0;
    let text = '';
    for await (const piece of prepared.run()) {
      readAtFirstPiece ??= read;
      longest = Math.max(longest, piece.length);
      text += piece;
    }
    expect(readAtFirstPiece).toBeLessThanOrEqual(200);
    expect(longest).toBeLessThan(32_768);
    expect(JSON.parse(text).parameter).toHaveLength(2);
  });

  it('lets go of the store when the caller leaves', async () => {
    let released = false;
    const ports = portsWith({
      async *simple() {
        try {
          for (const row of rows) yield [{ index: 0, row }];
        } finally {
          released = true;
        }
      },
    });
    const prepared = await findSubjectVariants.prepare(
      { subject: 'HG00403', ranges: RANGES, includeVariants: true },
      ports,
    );
    for await (const _piece of prepared.run()) break;
    expect(released).toBe(true);
  });
});

describe('phasing', () => {
  const archive = memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [STUDY] }],
    variants: [
      simpleRow(STUDY, ['1', 100, 'A', 'G'], phased('0|1', 'a')),
      simpleRow(STUDY, ['1', 110, 'A', 'G'], phased('0|1', 'b')),
      simpleRow(STUDY, ['1', 120, 'A', 'G'], {
        genotype: '1|1',
        allelicState: 'homozygous',
        phaseSet: 'a',
        haplotypes: 3,
      }),
      simpleRow(STUDY, ['1', 130, 'A', 'G'], { genotype: '0/1', allelicState: 'heterozygous' }),
      simpleRow(STUDY, ['1', 140, 'A', 'C'], phased('1|0', 'a')),
      simpleRow(STUDY, ['1', 140, 'A', 'T'], phased('0|1', 'a')),
      simpleRow(STUDY, ['1', 150, 'A', 'G'], phased('1|0', 'b')),
      simpleRow(STUDY, ['1', 900, 'A', 'G'], phased('0|1', 'a')),
    ],
  });
  const relations = async (ranges: readonly string[]) => {
    const body = await ask(findSubjectVariants, { subject: 'HG00403', ranges, includePhasing: true }, archive);
    expect(responseProblems('find-subject-variants', body)).toEqual([]);
    return (body.parameter ?? []).map(({ part = [] }) =>
      part.flatMap(({ name, resource }) =>
        name === 'sequencePhaseRelationship' && resource?.resourceType === 'Observation'
          ? [resource.valueCodeableConcept?.coding?.[0]?.code]
          : [],
      ),
    );
  };

  it('relates consecutive heterozygous variants of each set: n - 1, not all pairs', async () => {
    expect(await relations(['NC_000001.11:90-160'])).toEqual([['Trans', 'Trans', 'Trans']]);
  });

  it('stays within each range', async () => {
    expect(await relations(['NC_000001.11:90-105', 'NC_000001.11:135-1000', 'NC_000001.11:800-1000'])).toEqual([
      [],
      ['Trans', 'Cis'],
      [],
    ]);
  });
});

describe('the mitochondrion of a subject with results in both assemblies', () => {
  const old = testOf('old', 'GRCh37');
  const recent = testOf('new', 'GRCh38');
  const ports = memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [old, recent] }],
    variants: [
      simpleRow(recent, ['MT', 3243, 'A', 'G']),
      simpleRow(old, ['MT', 8860, 'A', 'G']),
      simpleRow(old, ['MT', 3243, 'A', 'G']),
      simpleRow(old, ['MT-hg19', 3243, 'T', 'C']),
    ],
  });

  it('is asked of both, each range answered by both', async () => {
    const ranges = ['NC_012920.1:8859-8860', 'NC_012920.1:3242-3243', 'NC_012920.1:0-10'];
    for (const includeVariants of [true, false]) {
      const body = await ask(findSubjectVariants, { subject: 'HG00403', ranges, includeVariants }, ports);
      const groups = (body.parameter ?? []).map(({ part = [] }) => part);
      expect(groups.map((part) => part[1]?.valueBoolean)).toEqual([true, true, false]);
      if (includeVariants) expect(groups.map((part) => part.length - 2)).toEqual([1, 2, 0]);
    }
  });

  it('never matches the other sequence of the same name', async () => {
    const only37 = memoryPorts({
      subjects: [{ subject: 'HG00403', studies: [old] }],
      variants: [simpleRow(old, ['MT-hg19', 3243, 'T', 'C'])],
    });
    const ranges = ['NC_012920.1:3242-3243', 'NC_001807.4:3242-3243'];
    const body = await ask(findSubjectVariants, { subject: 'HG00403', ranges }, only37);
    expect(body.parameter?.map(({ part }) => part?.[1]?.valueBoolean)).toEqual([false, true]);
  });
});

describe('results in the other assembly', () => {
  const range37 = 'NC_000001.10:100-200';
  const both = (other: Parameters<typeof inputOf>[0]) =>
    memoryPorts({
      subjects: [
        {
          subject: 'HG00403',
          studies: [
            testOf('old', 'GRCh37'),
            testOf('new', 'GRCh38', { inputs: [inputOf(other)], testDate: '2021-01-01' }),
          ],
        },
      ],
    });

  it('refuse the question where they could answer it', async () => {
    const prepared = findSubjectVariants.prepare(
      { subject: 'HG00403', ranges: [range37] },
      both({ changeTypes: ['SNV'] }),
    );
    await expect(prepared).rejects.toThrow(/'NC_000001.10:100-200' could not be carried to GRCh38/);
  });

  it.each([{ changeTypes: ['CNV'] as const }, {}])('do not where they hold nothing of the kind: %j', async (other) => {
    const body = await ask(findSubjectVariants, { subject: 'HG00403', ranges: [range37] }, both(other));
    expect(body.parameter).toHaveLength(1);
  });

  it('do not where the filters leave them out', async () => {
    const input = { subject: 'HG00403', ranges: [range37], testIdentifiers: ['old'] };
    expect((await ask(findSubjectVariants, input, both({ changeTypes: ['SNV'] }))).parameter).toHaveLength(1);
  });
});

describe('what an answer depends on', () => {
  it('is every study of the view, with its version and when that was committed', async () => {
    const prepared = await findSubjectSpecificVariants.prepare(
      { subject: 'HG00403', variants: ['NC_000001.11:99:A:G'] },
      portsWith({}),
    );
    expect(prepared.dependsOn).toEqual(['T1@1 2024-01-01T00:00:00Z']);
  });

  it('and the answer is the same each time it is run', async () => {
    const request = { subject: 'HG00403', ranges: RANGES, includePhasing: true };
    const ports = portsWith({
      async *simple() {
        yield rowsFrom(1000, 20).map((row) => ({ index: 0, row }));
      },
    });
    const prepared = await findSubjectVariants.prepare(request, ports);
    expect((await answerOf(prepared)).pieces).toEqual((await answerOf(prepared)).pieces);
  });
});
