import { Athena } from '@aws-sdk/client-athena';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import { areTabled, TRINO } from '../../lib/store/athena/dialect.ts';
import { athenaEngine } from '../../lib/store/athena/engine.ts';
import { type AthenaParts, type Page, runStatement } from '../../lib/store/athena/run-statement.ts';
import { athenaSettings } from '../../lib/store/athena/settings.ts';
import { type Statement, statementOf } from '../../lib/store/athena/statement.ts';
import { answersOf, type CohortEngine } from '../../lib/store/cohort/engine.ts';
import { partitionKey, partitionOf } from '../../lib/store/cohort/partition.ts';
import type { OpenBindings } from '../../lib/store/dialect.ts';
import type { Query } from '../../lib/store/range-query.ts';
import type { ReadFile } from '../../lib/store/study-files.ts';
import { type AthenaServer, startAthena } from '../support/athena-server.ts';
import type { Execute } from '../support/trino/engine.ts';

/** Attempts of the SDK at one request. */
const ATTEMPTS = 4;

let athena: AthenaServer;
let instance: DuckDBInstance;
/** Runs a query; DuckDB stands in for Athena's engine, of whose types these are the names. */
let execute: Execute;

const TYPES: Readonly<Record<string, string>> = { VARCHAR: 'varchar', INTEGER: 'integer', BOOLEAN: 'boolean' };

async function inDuckDb(sql: string, parameters: readonly string[]): Promise<Awaited<ReturnType<Execute>>> {
  const left = [...parameters];
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql.replaceAll('?', () => left.shift() ?? 'NULL'));
    return {
      names: reader.columnNames(),
      types: reader.columnTypes().map((type) => TYPES[type.toString()] ?? 'unknown'),
      rows: reader.getRows() as (string | number | boolean | null)[][],
    };
  } finally {
    connection.closeSync();
  }
}

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  execute = inDuckDb;
  athena = await startAthena((sql, parameters) => execute(sql, parameters));
});
afterEach(() => {
  athena.fault = undefined;
  athena.pageRows = 1000;
  execute = inDuckDb;
});
afterAll(async () => {
  await athena?.close();
  instance?.closeSync();
});

const partsWith = (more: Partial<AthenaParts> = {}): AthenaParts => ({
  client: async () =>
    new Athena({
      endpoint: athena.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      maxAttempts: ATTEMPTS,
    }),
  workGroup: 'genomics',
  database: 'genomics',
  patience: 60_000,
  pause: async () => undefined,
  ...more,
});

const asked = (action: string) => athena.requests.filter((one) => one.action === action);

async function run(statement: Statement, more: Partial<AthenaParts> = {}): Promise<Page['rows']> {
  const rows: (readonly (string | null)[])[] = [];
  for await (const page of runStatement(statement, partsWith(more))) rows.push(...page.rows);
  return rows;
}

const MANY = { sql: 'SELECT i::INTEGER AS i FROM range(2500) AS t(i) WHERE i >= ? ORDER BY i', parameters: ['3'] };

describe('a query of Athena', () => {
  it('gives all rows of all pages, in order, without the names of the columns', async () => {
    for (const pageRows of [1, 7, 1000, 10_000]) {
      athena.pageRows = pageRows;
      const sql = pageRows === 1 ? MANY.sql.replace('2500', '20') : MANY.sql;
      const rows = await run({ ...MANY, sql });
      expect(rows.map(([i]) => Number(i))).toEqual(Array.from({ length: rows.length }, (_, i) => i + 3));
      expect(rows.length).toBe(pageRows === 1 ? 17 : 2497);
    }
    expect(await run({ sql: 'SELECT 1::INTEGER AS i WHERE false', parameters: [] })).toEqual([]);
  });

  it('tells NULL from an empty text', async () => {
    const sql = "SELECT * FROM (VALUES (NULL::VARCHAR), (''), ('NULL')) AS t(a)";
    expect(await run({ sql, parameters: [] })).toEqual([[null], [''], ['NULL']]);
  });

  it('has what was asked in its parameters and never in its text', async () => {
    const statement = statementOf('SELECT $word AS a, $number::INTEGER AS b WHERE $word = $word', {
      word: "it's'; DROP TABLE x; --",
      number: 7,
    });
    expect(await run(statement)).toEqual([["it's'; DROP TABLE x; --", '7']]);
    const { body } = asked('StartQueryExecution').at(-1) ?? {};
    expect(body?.['QueryString']).toBe('SELECT ? AS a, ?::INTEGER AS b WHERE ? = ?');
    expect(body).toMatchObject({ WorkGroup: 'genomics', QueryExecutionContext: { Database: 'genomics' } });
    expect(() => statementOf('$a', { a: 'x'.repeat(1023) })).toThrow(RangeError);
    expect(() => statementOf('$a', { a: { strings: ['x'] } })).toThrow(RangeError);
    expect(() => statementOf('$missing', {})).toThrow(RangeError);
  });

  it.each([
    ['ThrottlingException', 400],
    ['TooManyRequestsException', 429],
    ['InternalServerException', 500],
  ])(
    'is asked again after %s, a bounded number of times',
    async (type, status) => {
      const actions = ['StartQueryExecution', 'GetQueryExecution', 'GetQueryResults'];
      const before = new Map(actions.map((action) => [action, asked(action).length]));
      athena.fault = (action, earlier) => (earlier === before.get(action) ? { type, status } : undefined);
      expect(await run(MANY)).toHaveLength(2497);
      const starts = asked('StartQueryExecution').slice(-2);
      // Asked twice, begun once.
      expect(starts[0]?.body['ClientRequestToken']).toBe(starts[1]?.body['ClientRequestToken']);
      for (const action of actions) {
        const first = asked(action).length;
        athena.fault = (one) => (one === action ? { type, status } : undefined);
        await expect(run(MANY)).rejects.toThrow(UnavailableError);
        expect(asked(action).length - first).toBe(ATTEMPTS);
      }
    },
    60_000,
  );

  it.each(['AccessDeniedException', 'InvalidRequestException', 'ExpiredTokenException'])(
    'is not asked again after %s, and is no empty answer',
    async (type) => {
      for (const action of ['StartQueryExecution', 'GetQueryExecution', 'GetQueryResults']) {
        const before = asked(action).length;
        athena.fault = (one) => (one === action ? { type, status: 400 } : undefined);
        await expect(run(MANY)).rejects.toThrow(UnavailableError);
        expect(asked(action).length).toBe(before + 1);
      }
    },
  );

  it.each(['FAILED', 'CANCELLED', 'EXPIRED', undefined])(
    'that is %s is an error, and no empty answer',
    async (state) => {
      athena.fault = (action) => (action === 'GetQueryExecution' ? { state: state ?? '' } : undefined);
      const attempt = run(MANY);
      await expect(attempt).rejects.toThrow(UnavailableError);
      // What Athena says may quote the query.
      await expect(attempt).rejects.toThrow(/^the archive could not be read$/);
    },
  );

  it('that fails in the engine is an error whose reason is for the operator', async () => {
    const failure = await run({ sql: 'SELECT nonsense', parameters: [] }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(String(failure)).not.toContain('nonsense');
    expect(String((failure as Error).cause)).toContain('FAILED');
  });

  it('that takes too long is stopped, and says how to ask for it', async () => {
    athena.fault = (action) => (action === 'GetQueryExecution' ? { state: 'RUNNING' } : undefined);
    const stops = asked('StopQueryExecution').length;
    await expect(run(MANY, { patience: 0 })).rejects.toThrow(/respond-async/);
    expect(asked('StopQueryExecution').length).toBe(stops + 1);
  });

  it('looks for its end less and less often, with a bound', async () => {
    const pauses: number[] = [];
    let looks = 0;
    athena.fault = (action) => (action === 'GetQueryExecution' && looks++ < 9 ? { state: 'QUEUED' } : undefined);
    await run(MANY, { pause: async (milliseconds) => void pauses.push(milliseconds) });
    expect(pauses.slice(0, 8)).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000]);
    expect(Math.max(...pauses)).toBe(2000);
  });
});

const file = (bin: number, rows: number, more: Partial<ReadFile['file']> = {}): ReadFile => {
  const generation = '1-ab';
  const key = partitionKey({ kind: 'variants', assembly: 'GRCh38', generation, chromosome: '1', bin });
  return { file: { key, rows, bytes: 1000, sha256: '', minStart0: 0, maxEnd0: 10, maxReach: 1, ...more } };
};

describe('an answer of Athena', () => {
  const query: Query<ReadFile> = {
    sql: TRINO.grouped('question', 'SELECT 1 AS question, 2 AS carrier'),
    bindings: {},
    files: new Map([['files', [file(0, 5), file(1, 7)]]]),
  };
  const answering = (total: string, types = ['integer', 'varchar']): Execute => {
    return async (sql) =>
      sql.includes('AS total')
        ? { names: ['total'], types: ['varchar'], rows: [[total]] }
        : { names: ['question', 'carriers'], types, rows: [[1, '[2,3]']] };
  };
  const rowsOf = async (asked: Query<ReadFile>) => {
    const all: unknown[] = [];
    for await (const rows of athenaEngine(partsWith()).rows(asked)) all.push(rows.getColumns());
    return all;
  };

  it('is one of exactly the rows of the generation', async () => {
    execute = answering('12');
    expect(JSON.stringify(await rowsOf(query))).toContain('[2,3]');
    for (const total of ['11', '13', '0', '']) {
      execute = answering(total);
      await expect(rowsOf(query)).rejects.toThrow(UnavailableError);
    }
  });

  it('is nothing without a query where there is nothing to read', async () => {
    const starts = asked('StartQueryExecution').length;
    expect(await rowsOf({ ...query, files: new Map([['files', []]]) })).toEqual([]);
    expect(asked('StartQueryExecution').length).toBe(starts);
  });

  it('of a type that nobody knows is an error', async () => {
    execute = answering('12', ['map(varchar,varchar)', 'varchar']);
    await expect(rowsOf(query)).rejects.toThrow(/type/);
  });
});

describe('the engine of a question', () => {
  const named = (name: string, longest = Number.POSITIVE_INFINITY): CohortEngine & { asked: string[] } => {
    const own: string[] = [];
    return {
      dialect: { ...TRINO, source: () => name },
      asked: own,
      takes: ({ sql }) => sql.length <= longest,
      async *rows({ sql }) {
        own.push(sql);
        yield { rowCount: 0, getColumns: () => [] };
      },
    };
  };
  const ask = async (bytes: number, far: CohortEngine, reads = true): Promise<string[]> => {
    const near = named('near');
    const query = (sql: string): Query<ReadFile> => ({ sql, bindings: {}, files: new Map() });
    const question = {
      load: () => ({ files: [], bytes }),
      questions: [1, 2, 3, 4, 5],
      compacted: (part: readonly number[], dialect: CohortEngine['dialect']) => query(`${dialect.source(0)} ${part}`),
      newer: query('newer'),
    };
    for await (const _ of answersOf({ near, far: { engine: far, reads: () => reads, above: 100 } }, question));
    return near.asked;
  };

  it('is the far one above a size, for the compacted copy only', async () => {
    const far = named('far');
    expect(await ask(101, far)).toEqual(['newer']);
    expect(far.asked).toEqual(['far 1,2,3,4,5']);
    expect(await ask(100, far)).toEqual(['near 1,2,3,4,5', 'newer']);
    // What an earlier version compacted is in no table.
    expect(await ask(101, far, false)).toEqual(['near 1,2,3,4,5', 'newer']);
    expect(far.asked).toHaveLength(1);
  });

  it('is asked in parts that it takes, every question once', async () => {
    const far = named('far', 7);
    await ask(101, far);
    expect(far.asked).toEqual(['far 1,2', 'far 3', 'far 4,5']);
    // One that it does not take alone is not lost.
    expect(await ask(101, named('far', 1))).toEqual(['near 1', 'near 2', 'near 3', 'near 4', 'near 5', 'newer']);
  });
});

describe("Trino's words", () => {
  it('name exactly the partitions of the files', () => {
    const sql = TRINO.files('files', [file(0, 1), file(3, 1), file(1, 1)]);
    expect(sql).toContain(
      "assembly = 'GRCh38' AND gen = '1-ab' AND chrom = '1' AND (bin BETWEEN 0 AND 1 OR bin BETWEEN 3 AND 3)",
    );
    expect(areTabled([file(0, 1)])).toBe(true);
    expect(areTabled([file(0, 1, { key: 'cohort/GRCh38/gen=1-ab/chrom=1/bin=0/variants.parquet' })])).toBe(false);
    expect(partitionOf("cohort/variants/assembly=GRCh38/gen=1-ab'/chrom=1/bin=0/rows.parquet")).toBeUndefined();
  });

  it('put lists of texts into parameters, as few as hold them', () => {
    const bindings: OpenBindings = {};
    const texts = Array.from({ length: 300 }, (_, i) => `SO:${String(i).padStart(7, '0')}`);
    const sql = TRINO.overlaps('stated', 'codes', texts, bindings);
    expect(Object.keys(bindings)).toHaveLength(4);
    expect(Object.values(bindings).flatMap((one) => String(one).split('\u001f'))).toEqual(texts);
    expect(() => statementOf(sql, bindings)).not.toThrow();
    expect(TRINO.among('g', 'genes', [], bindings)).toBe('false');
    expect(() => TRINO.among('g', 'genes', ['a\u001fb'], bindings)).toThrow(RangeError);
  });
});

describe('the settings of Athena', () => {
  it('are two names, or neither', () => {
    const names = { GENOMICS_ATHENA_WORKGROUP: 'w', GENOMICS_ATHENA_DATABASE: 'd' };
    expect(athenaSettings({})).toBeUndefined();
    expect(athenaSettings({ AWS_REGION: 'eu-central-1', ...names, GENOMICS_ATHENA_ABOVE: '7' })).toMatchObject({
      above: 7,
    });
    for (const [name, value] of [
      ['GENOMICS_ATHENA_WORKGROUP', ''],
      ['GENOMICS_ATHENA_DATABASE', ''],
      ['GENOMICS_ATHENA_ABOVE', '-1'],
      ['GENOMICS_ATHENA_SECONDS', 'long'],
    ] as const) {
      expect(() => athenaSettings({ ...names, [name]: value })).toThrow(name);
    }
  });
});
