import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationFamily, OperationRow } from '../../lib/operations/row.ts';
import { operations } from '../../lib/operations/table.ts';

/** A line of `test/auth/requirements.tsv`. */
export interface RequiredAccess {
  readonly code: string;
  readonly resources: readonly string[];
  readonly contexts: readonly string[];
  /** Required as well when subjects are listed. */
  readonly withList: string | undefined;
}

const TABLE = join(import.meta.dirname, '../auth/requirements.tsv');

/** The rules for all operations of the guide, whether this version has them or not. */
export const REQUIRED: readonly RequiredAccess[] = readFileSync(TABLE, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [code = '', resources = '', contexts = '', withList = ''] = line.split('\t');
    return {
      code,
      resources: resources.split(' '),
      contexts: contexts.split(' '),
      withList: withList === '' ? undefined : withList,
    };
  });

/** What `authorize` looks at of an operation. */
export type JudgedRow = Pick<OperationRow, 'code' | 'family' | 'in'>;

/** Every operation of the guide: from the table where it is there, else as its name says it will be. */
export const judgedRows: readonly JudgedRow[] = REQUIRED.map(
  ({ code }) =>
    operations.find(({ row }) => row.code === code)?.row ?? { code, family: familyOf(code), in: inputsOf(code) },
);

function familyOf(code: string): OperationFamily {
  if (code === 'find-study-metadata') return 'subject-operations/metadata-operations';
  const kind = /implications|consequences/.test(code) ? 'phenotype-operations' : 'genotype-operations';
  return code.startsWith('find-population') ? `population-operations/${kind}` : `subject-operations/${kind}`;
}

function inputsOf(code: string): OperationRow['in'] {
  if (code.startsWith('find-population')) {
    return { includePatientList: { type: 'boolean', min: 0, max: '1', doc: 'List them.' } };
  }
  return { subject: { type: 'string', min: 1, max: '1', doc: 'Who.' } };
}
