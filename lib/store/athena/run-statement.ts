import { setTimeout as sleep } from 'node:timers/promises';
import type { Athena, ColumnInfo, Row } from '@aws-sdk/client-athena';
import { UnavailableError } from '../../genomics/errors.ts';
import type { Statement } from './statement.ts';

export interface AthenaParts {
  /** Made when it is first needed: few functions ask, and all start. */
  readonly client: () => Promise<Athena>;
  readonly workGroup: string;
  readonly database: string;
  /** How long a query may take before it is stopped, in milliseconds. */
  readonly patience: number;
  /** Bytes of a query's text; for tests, which need no long ones. */
  readonly longestQuery?: number;
  /** For tests; the real one waits. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** A page of a result: columns of values, NULL as null. */
export interface Page {
  readonly columns: readonly ColumnInfo[];
  readonly rows: readonly (readonly (string | null)[])[];
}

const FIRST_LOOK_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Runs a query and gives its result page by page. A query that is left early is stopped: it would go on costing.
 *
 * @throws UnavailableError when it fails, is cancelled, takes too long or can't be asked: never an empty result instead
 */
export async function* runStatement(statement: Statement, parts: AthenaParts): AsyncGenerator<Page> {
  const client = await parts.client();
  let id: string | undefined;
  let ended = false;
  try {
    id = await start(statement, client, parts);
    await succeeded(id, client, parts);
    ended = true;
    yield* pages(id, client);
  } catch (cause) {
    if (cause instanceof UnavailableError) throw cause;
    throw new UnavailableError('the archive could not be read', undefined, { cause });
  } finally {
    if (id !== undefined && !ended) await stop(id, client);
  }
}

async function start(
  { sql, parameters }: Statement,
  client: Athena,
  { workGroup, database }: AthenaParts,
): Promise<string> {
  const { QueryExecutionId } = await client.startQueryExecution({
    QueryString: sql,
    WorkGroup: workGroup,
    QueryExecutionContext: { Database: database },
    ...(parameters.length === 0 ? {} : { ExecutionParameters: [...parameters] }),
  });
  if (QueryExecutionId === undefined) throw new Error('Athena began a query without an id');
  return QueryExecutionId;
}

async function succeeded(id: string, client: Athena, { patience, pause: wait = sleep }: AthenaParts): Promise<void> {
  const deadline = Date.now() + patience;
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    await wait(pause);
    const { QueryExecution } = await client.getQueryExecution({ QueryExecutionId: id });
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    switch (State) {
      case 'SUCCEEDED':
        return;
      case 'FAILED':
      case 'CANCELLED':
        // The reason may quote the query; it goes to the cause, not to the caller.
        throw new Error(`the query ${id} is ${State}: ${StateChangeReason ?? 'no reason'}`);
      case 'QUEUED':
      case 'RUNNING':
        break;
      default:
        throw new Error(`the query ${id} is in no state that is known: ${State}`);
    }
    if (Date.now() >= deadline) {
      throw new UnavailableError(
        'The question takes longer than a request may; ask it with Prefer: respond-async, or for less at once',
      );
    }
  }
}

async function* pages(id: string, client: Athena): AsyncGenerator<Page> {
  let token: string | undefined;
  // The first row of the first page holds the names of the columns.
  let skipped = 1;
  do {
    const { ResultSet, NextToken } = await client.getQueryResults({
      QueryExecutionId: id,
      MaxResults: 1000,
      ...(token && { NextToken: token }),
    });
    const columns = ResultSet?.ResultSetMetadata?.ColumnInfo;
    if (columns === undefined || ResultSet?.Rows === undefined) throw new Error(`the query ${id} has no result`);
    if (skipped > ResultSet.Rows.length) throw new Error(`the result of the query ${id} has no names`);
    yield { columns, rows: ResultSet.Rows.slice(skipped).map((row) => valuesOf(row, columns.length)) };
    skipped = 0;
    token = NextToken;
  } while (token !== undefined);
}

function valuesOf({ Data = [] }: Row, width: number): (string | null)[] {
  if (Data.length !== width) throw new Error(`a row has ${Data.length} values, not ${width}`);
  return Data.map(({ VarCharValue }) => VarCharValue ?? null);
}

/** Best effort: the error that led here is the one to tell. */
async function stop(id: string, client: Athena): Promise<void> {
  await client.stopQueryExecution({ QueryExecutionId: id }).catch(() => {});
}
