import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Execute, Executed } from './trino/engine.ts';

/** What the stand-in does instead of answering: an error of the API, or a state of the query. */
export interface Fault {
  readonly status?: number;
  readonly type?: string;
  readonly state?: string;
}

/**
 * The part of Athena's API that the archive uses, as documented, over another engine.
 *
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
 */
export interface AthenaServer {
  readonly endpoint: string;
  /** Actions with their bodies, in order. */
  readonly requests: readonly { readonly action: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** Asked before each action; it may be cleared. */
  fault: ((action: string, earlier: number) => Fault | undefined) | undefined;
  /** Rows of a page. */
  pageRows: number;
  close(): Promise<void>;
}

interface Running {
  readonly result: Promise<Executed | Error>;
  stopped: boolean;
}

export async function startAthena(execute: Execute): Promise<AthenaServer> {
  const queries = new Map<string, Running>();
  const tokens = new Map<string, string>();
  const requests: { action: string; body: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => refuse(response, 500, 'InternalServerException', error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const athena: AthenaServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fault: undefined,
    pageRows: 1000,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const actions: Record<string, (body: Record<string, unknown>, fault?: Fault) => Promise<object>> = {
    StartQueryExecution: async (body) => start(body),
    GetQueryExecution: async ({ QueryExecutionId: id }, fault) => {
      const query = queryOf(id);
      const result = await Promise.race([query.result, undefined]);
      const state = query.stopped ? 'CANCELLED' : result instanceof Error ? 'FAILED' : result ? 'SUCCEEDED' : 'RUNNING';
      const reason = result instanceof Error ? result.message : undefined;
      return { QueryExecution: { Status: { State: fault?.state ?? state, StateChangeReason: reason } } };
    },
    StopQueryExecution: async ({ QueryExecutionId: id }) => {
      queryOf(id).stopped = true;
      return {};
    },
    GetQueryResults: async ({ QueryExecutionId: id, NextToken: token }) => {
      const result = await queryOf(id).result;
      if (result instanceof Error) throw result;
      // The names of the columns are the first row, as Athena gives them.
      const rows = [result.names, ...result.rows];
      const from = token === undefined ? 0 : Number(token);
      const to = from + athena.pageRows;
      return {
        ...(to < rows.length ? { NextToken: String(to) } : {}),
        ResultSet: {
          ResultSetMetadata: {
            ColumnInfo: result.names.map((Name, column) => ({ Name, Type: result.types[column] })),
          },
          Rows: rows.slice(from, to).map((row) => ({
            Data: row.map((value) => (value === null ? {} : { VarCharValue: String(value) })),
          })),
        },
      };
    },
  };

  return athena;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = String(request.headers['x-amz-target']).replace('AmazonAthena.', '');
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    const earlier = requests.filter((one) => one.action === action).length;
    requests.push({ action, body });
    const fault = athena.fault?.(action, earlier);
    if (fault?.type !== undefined) return refuse(response, fault.status ?? 400, fault.type, fault.type);
    const reply = await actions[action]?.(body, fault);
    if (reply === undefined) return refuse(response, 400, 'InvalidRequestException', action);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(reply));
  }

  function start({
    QueryString: sql,
    ExecutionParameters: parameters = [],
    ClientRequestToken: token,
  }: Record<string, unknown>) {
    const known = tokens.get(String(token));
    if (known !== undefined) return { QueryExecutionId: known };
    if (String(sql).length > 262_144) throw new Error('the query is too long');
    const id = randomUUID();
    tokens.set(String(token), id);
    const result = execute(String(sql), parameters as string[]).catch((error: unknown) => error as Error);
    queries.set(id, { result, stopped: false });
    return { QueryExecutionId: id };
  }

  function queryOf(id: unknown): Running {
    const query = queries.get(String(id));
    if (query === undefined) throw new Error('no such query');
    return query;
  }
}

function refuse(response: ServerResponse, status: number, type: string, cause: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type })
    .end(JSON.stringify({ __type: type, message: String(cause) }));
}
