import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

/**
 * Expects a page to hold `text` between `<!-- name -->` and `<!-- /name -->`. With `UPDATE_README=1` in the
 * environment it is written there first.
 */
export function expectSection(page: URL, name: string, text: string): void {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const before = readFileSync(page, 'utf8');
  const [start, end] = [before.indexOf(from) + from.length, before.indexOf(to)];
  expect(start).toBeGreaterThan(from.length);
  const current = `${before.slice(0, start)}\n\n${text}\n\n${before.slice(end)}`;
  if (process.env['UPDATE_README']) writeFileSync(page, current);
  expect(readFileSync(page, 'utf8')).toBe(current);
}
