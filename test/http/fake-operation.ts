import { UnavailableError } from '../../lib/genomics/errors.ts';
import type { JobStore } from '../../lib/operations/jobs.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import type { Input, Operation, OperationRow, Prepared } from '../../lib/operations/row.ts';

/** A row with every kind of parameter, for tests of what HTTP does around an operation. */
export const echoRow = {
  code: 'echo',
  name: 'Echo',
  title: 'Answers with its input',
  family: 'subject-operations/genotype-operations',
  doc: 'Answers with its input.',
  in: {
    subject: { type: 'string', searchType: 'reference', min: 1, max: '1', doc: 'Who.' },
    ranges: { type: 'string', searchType: 'special', min: 1, max: '*', doc: 'Where.' },
    testIdentifiers: { type: 'string', searchType: 'token', min: 0, max: '*', doc: 'Which tests.' },
    testDateRange: { type: 'Period', min: 0, max: '1', doc: 'When.' },
    genomicSourceClass: { type: 'code', min: 0, max: '1', doc: 'Which class.' },
    includeVariants: { type: 'boolean', min: 0, max: '1', doc: 'How much.' },
  },
  out: { echo: { type: 'string', min: 1, max: '1', doc: 'The input.' } },
  example: { subject: 'S1', ranges: 'NC_000001.11:1-2' },
} as const satisfies OperationRow;

export type Echo = Operation<typeof echoRow>;

/** Answers with its input as JSON inside a `Parameters`, in three pieces. */
export const echo: Echo = {
  row: echoRow,
  prepare: async (input) => ({ dependsOn: ['study v=1'], run: () => echoed(input) }),
};

async function* echoed(input: Input<typeof echoRow>): AsyncGenerator<string> {
  yield '{"resourceType":"Parameters","parameter":[{"name":"echo","valueString":';
  yield JSON.stringify(JSON.stringify(input));
  yield '}]}';
}

/** `echo` under another code that prepares and runs as given. */
export function fake(code: string, prepare: () => Promise<Prepared>): Operation {
  return { row: { ...echoRow, code }, prepare };
}

/** Fails after so many pieces. */
export function failing(pieces: number): Prepared {
  return {
    dependsOn: [],
    run: async function* () {
      for (let piece = 0; piece < pieces; piece++) yield `${piece === 0 ? '[' : ','}"${'x'.repeat(9)}"`;
      throw new UnavailableError('The file went away');
    },
  };
}

const unused = () => {
  throw new Error('This test reads nothing');
};

/** For operations that read nothing. */
export const noPorts: Ports = {
  studies: { subject: unused },
  variants: {
    simple: unused,
    annotated: unused,
    alleles: unused,
    structural: unused,
    present: unused,
    coverage: unused,
    regions: unused,
  },
  genotypes: { imported: unused },
  reference: unused,
  knowledge: unused,
  population: unused,
};

/** For operations of which nothing is asked for later. */
export const noJobs: JobStore = {
  submit: unused,
  find: unused,
  claim: unused,
  cancel: unused,
  cancelAll: unused,
  unfinished: unused,
  removeExpired: unused,
};
