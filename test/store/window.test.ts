import { describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { RangeQuestion } from '../../lib/operations/ports.ts';
import { boundedCache } from '../../lib/store/bounded-cache.ts';
import { integer } from '../../lib/store/dialect.ts';
import { checkKey } from '../../lib/store/objects.ts';
import { windowsOf } from '../../lib/store/window.ts';

const question = (index: number, chromosome: RangeQuestion['chromosome'], start: number): RangeQuestion => ({
  index,
  chromosome,
  start0: interbase(start),
  end0: interbase(start + 100),
});

describe('windows', () => {
  it('hold near questions of one chromosome together and far ones apart', () => {
    const windows = windowsOf([
      question(0, '1', 100_000_000),
      question(1, '1', 0),
      question(2, '1', 50),
      question(3, '2', 0),
    ]);
    expect(
      windows.map(({ chromosome, lo, hi, spans }) => [chromosome, lo, hi, spans.map(({ index }) => index)]),
    ).toEqual([
      ['1', 0, 150, [1, 2]],
      ['1', 100_000_000, 100_000_100, [0]],
      ['2', 0, 100, [3]],
    ]);
  });

  it('stay few, and lose no question, however many questions there are', () => {
    const questions = Array.from({ length: 1_000 }, (_, i) => question(i, i % 2 === 0 ? '1' : '2', i * 240_000));
    const windows = windowsOf(questions);
    expect(windows.length).toBeLessThanOrEqual(24);
    const held = windows.flatMap(({ spans }) => spans.map(({ index }) => index));
    expect(held.toSorted((a, b) => a - b)).toEqual(questions.map(({ index }) => index));
    for (const { lo, hi, spans } of windows) {
      expect(Math.min(...spans.map((span) => span.lo))).toBe(lo);
      expect(Math.max(...spans.map((span) => span.hi))).toBe(hi);
    }
  });
});

describe('what goes into SQL and paths', () => {
  it.each([Number.NaN, 0.5, Number.POSITIVE_INFINITY, '1; DROP' as unknown as number])(
    'refuses %s as an integer',
    (value) => {
      expect(() => integer(value)).toThrow(RangeError);
    },
  );
  it.each(['', '/etc/passwd', 'a/../b', '..', 'a//b', 'a\\b', 'a/./b', 'a\0'])('refuses %j as a key', (key) => {
    expect(() => checkKey(key)).toThrow('unusable key');
  });
});

describe('a bounded cache', () => {
  it('forgets what was used longest ago, by size', () => {
    const cache = boundedCache<string>(5, (value) => value.length);
    cache.set('a', 'aa');
    cache.set('b', 'bb');
    expect(cache.get('a')).toBe('aa');
    cache.set('c', 'cc');
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['aa', undefined, 'cc']);
    cache.set('c', 'ccc');
    cache.set('long', 'too long');
    expect([cache.get('a'), cache.get('c'), cache.get('long')]).toEqual(['aa', 'ccc', undefined]);
  });
});
