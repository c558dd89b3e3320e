import { describe, it } from 'vitest';
import { operations } from '../../lib/operations/table.ts';
import { expectSection } from '../support/generated-section.ts';

const README = new URL('../../README.md', import.meta.url);

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
    expectSection(README, 'operations', operationTable());
  });
});
