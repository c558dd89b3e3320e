import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { issuersOf } from '../../lib/auth/issuers.ts';
import { type Requirement, requirementOf } from '../../lib/operations/access.ts';
import { expectSection } from '../support/generated-section.ts';
import { judgedRows } from '../support/required-access.ts';

const PAGE = new URL('../../docs/smart.md', import.meta.url);

/** The page's table of scopes, from the requirements. `UPDATE_README=1 npx vitest run test/docs` writes it. */
function scopeTable(): string {
  const groups = Map.groupBy(judgedRows, (row) => JSON.stringify(requirementOf(row)));
  const rows = [...groups].map(([requirement, operations]) => {
    const { contexts, anyOf, more } = JSON.parse(requirement) as Requirement;
    const codes = operations.map(({ code }) => `\`$${code}\``).join(', ');
    const scope = anyOf.map((resource) => `\`${resource}.s\``).join(' or ');
    const list =
      more === undefined ? '' : `; with \`${more.parameter}=true\` also \`${more.resource}.s\` of the same context`;
    return `| ${codes} | ${contexts.map((context) => `\`${context}/\``).join(', ')} | ${scope}${list} |`;
  });
  return ['| Operations | Contexts | Permission |', '|---|---|---|', ...rows].join('\n');
}

describe('docs/smart.md', () => {
  it('tells the scopes that each operation requires', () => {
    expectSection(PAGE, 'scopes', scopeTable());
  });

  it('shows configurations that are accepted', () => {
    const examples = [...readFileSync(PAGE, 'utf8').matchAll(/```json\n(.*?)```/gs)].map(([, json]) => issuersOf(json));
    expect(examples.map((issuers) => issuers.length)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});
