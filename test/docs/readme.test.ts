import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operations } from '../../lib/operations/table.ts';

const README = new URL('../../README.md', import.meta.url);
const [FROM, TO] = ['<!-- operations -->', '<!-- /operations -->'];

/** The README's table of operations, from the rows. `UPDATE_README=1 npx vitest run test/docs` writes it. */
function operationTable(): string {
  const rows = operations.map(({ row }) => {
    const parameters = Object.entries(row.in).map(([name, { min }]) => (min === 1 ? `**${name}**` : name));
    return `| \`$${row.code}\` | ${row.doc} | ${parameters.join(', ')} |`;
  });
  return ['| Operation | Answers | Parameters (**required**) |', '|---|---|---|', ...rows].join('\n');
}

describe('README', () => {
  it('lists the operations of the table', () => {
    const text = readFileSync(README, 'utf8');
    const [start, end] = [text.indexOf(FROM) + FROM.length, text.indexOf(TO)];
    expect(start).toBeGreaterThan(FROM.length);
    const current = `${text.slice(0, start)}\n\n${operationTable()}\n\n${text.slice(end)}`;
    if (process.env['UPDATE_README']) writeFileSync(README, current);
    expect(readFileSync(README, 'utf8')).toBe(current);
  });
});
