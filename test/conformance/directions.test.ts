import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'directions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file of a room, what it imports, and whether data may flow that way. */
const PLANTED = [
  ['lib/genomics/a.ts', 'node:fs', false],
  ['lib/genomics/b.ts', '../fhir/codes.ts', false],
  ['lib/genomics/c.ts', './interval.ts', true],
  ['lib/fhir/a.ts', '../operations/row.ts', false],
  ['lib/fhir/b.ts', '../genomics/allele.ts', true],
  ['lib/operations/a.ts', '../store/schema.ts', false],
  ['lib/operations/b.ts', '@duckdb/node-api', false],
  ['lib/operations/c.ts', '../fhir/codes.ts', true],
  ['lib/store/a.ts', '../http/answer.ts', false],
  ['lib/store/b.ts', '../operations/ports.ts', true],
  ['lib/ingest/a.ts', '../fhir/codes.ts', false],
  ['lib/ingest/b.ts', '../store/schema.ts', true],
  ['lib/http/a.ts', '../store/local.ts', false],
  ['lib/http/b.ts', '../operations/table.ts', true],
  ['lib/cognito/a.ts', '../store/auth-items.ts', false],
  ['lib/cognito/b.ts', '@aws-sdk/client-dynamodb', false],
  ['lib/cognito/c.ts', '../genomics/errors.ts', true],
  ['lib/stacks/a.ts', '../store/schema.ts', false],
  ['lib/stacks/b.ts', '../operations/table.ts', true],
  ['functions/x/a.ts', '@aws-sdk/client-s3', false],
  ['functions/x/b.ts', '../../lib/http/lambda.ts', true],
] as const;

it('the linter refuses an import against the direction of the house, and no other', () => {
  const configuration = JSON.parse(readFileSync(new URL('biome.json', ROOT), 'utf8'));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...configuration, $schema: undefined, vcs: undefined }));
  for (const [file, imported] of PLANTED) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `export * from '${imported}';\n`);
  }
  const binary = new URL('node_modules/@biomejs/biome/bin/biome', ROOT).pathname;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [binary, 'lint', '--only=style/noRestrictedImports', '--max-diagnostics=200', '--reporter=json', '.'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  const report = JSON.parse(stdout || '{"diagnostics":[]}') as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[];
  };
  const refused = report.diagnostics
    .filter(({ category }) => category.endsWith('noRestrictedImports'))
    .map(({ location: { path } }) => (typeof path === 'string' ? path : path.file).replace(/^\.\//, ''));
  const expected = PLANTED.filter(([, , allowed]) => !allowed).map(([file]) => file);
  expect([...new Set(refused)].sort(), stderr).toEqual([...expected].sort());
});
