import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import type { Issuer } from '../auth/issuers.ts';
import { operationOutcome } from '../fhir/outcome.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type { JobStore } from '../operations/jobs.ts';
import type { Ports } from '../operations/ports.ts';
import { JOB_METHODS, jobPath, routesOf } from '../operations/routes.ts';
import type { Operation } from '../operations/row.ts';
import { operations as table } from '../operations/table.ts';
import { utilities } from '../operations/utilities/table.ts';
import { utilityRoute } from '../operations/utilities/utility.ts';
import { type AnswerContext, FHIR_JSON, type HttpAnswer, respond } from './answer.ts';
import { answer, OPERATION_METHODS, type OperationContext } from './answer-operation.ts';
import { answerJob } from './async/answer-job.ts';
import { startJobRunner } from './async/runner.ts';
import type { AuditSink } from './audit.ts';
import { type AllowedOrigins, corsHeaders, preflightHeaders } from './cors.ts';
import { answerDiscovery, DISCOVERY_METHODS, DISCOVERY_ROUTES, noRoute } from './discovery.ts';
import { type Documents, documentsOf } from './documents.ts';
import { logFault } from './fault.ts';
import { identifyByToken, identifyNobody } from './identify.ts';
import { checkHost, isLoopback } from './loopback.ts';
import { answerPage } from './page.ts';
import { API_PAGE_FILES, appFiles, type PageFile } from './page-files.ts';
import { decodePath, fromFetch, type OperationRequest } from './request.ts';
import { sourceVersion } from './software.ts';
import { type TurnLimits, type Turns, turns } from './turns.ts';
import { answerUtility, UTILITY_METHODS } from './utilities.ts';

/** Path of the base URL on the local server, as on the deployed one. */
export const BASE_PATH = '/fhir';

/** A region list of 1,000 in a query is about 40 kB; Node's own limit of 16 kB is for small pages. */
const MAX_HEADER_BYTES = 65_536;
/** In place of the id of a request, in faults of an authorization server of its own. */
const AUTHORIZATION = 'authorization';
/** Two processors are busy with far fewer; more would only take memory and wait for each other. */
const TURNS: TurnLimits = { atOnce: 16, waiting: 1_000 };
/** How long open answers may go on after `close`. */
const GRACE_MS = 3_000;
const IDLE_CHECK_MS = 50;
/** How long the rest of a request that can't be read is taken off the wire. */
const UNREADABLE_GRACE_MS = 500;

export interface ServerOptions {
  /** 0 takes any free one. */
  readonly port: number;
  /** Loopback only, unless tokens are checked. Default 127.0.0.1. */
  readonly host?: string;
  /** Whose tokens are accepted, or `off`: whoever reaches the server may ask everything. Default `off`. */
  readonly auth?: 'off' | LocalAuthorization | StartOwnAuthorization | undefined;
  /** `[base]` as clients write it, where something stands before this server. Default: the address it listens on. */
  readonly baseUrl?: string;
  /** Where audit events go. Default nowhere. */
  readonly audit?: AuditSink;
  readonly ports: Ports;
  /** Default: all of the operation table. */
  readonly operations?: readonly Operation[];
  /** Keeps questions to be answered later; without it, `Prefer: respond-async` is not heard. */
  readonly jobs?: JobStore;
  /** How many questions are looked up at a time, and how many may wait for it. Default: 16 and 1,000. */
  readonly turns?: TurnLimits;
  /** Default: one entry on standard error, without messages. */
  readonly onFault?: AnswerContext['onFault'];
}

/** Whose tokens the local server accepts. */
export interface LocalAuthorization {
  readonly issuers: readonly Issuer[];
}

/** An authorization server inside this one, below a path of its own. */
export interface OwnAuthorization extends LocalAuthorization {
  /** Such as `/auth`. */
  readonly path: string;
  /** Answers a request below `path`. What it throws is a fault of ours. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;
}

/** Makes an authorization server for an address, which is known only when the server listens. */
export type StartOwnAuthorization = (address: {
  /** Such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** The FHIR base URL, the audience of tokens. */
  readonly base: string;
  /** To be told of failures that are ours to mend. */
  readonly onFault: (error: unknown) => void;
}) => Promise<OwnAuthorization>;

export interface RunningServer {
  /** The FHIR base URL. */
  readonly url: string;
  /** The API page. */
  readonly page: string;
  /** Takes no more requests, lets answers under way end for a while, then breaks them off. */
  close(): Promise<void>;
}

type LocalContext = Context<{ Bindings: HttpBindings }>;

interface LocalServerContext extends OperationContext {
  readonly origins: AllowedOrigins;
  readonly turns: Turns;
}

/**
 * Serves the operations over HTTP on this machine.
 *
 * @throws InvalidInputError for a host that other machines can reach
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1' } = options;
  const open = options.auth === undefined || options.auth === 'off';
  if (open && !isLoopback(host)) {
    throw new InvalidInputError(
      `Not serving on ${host}: without authorization whoever reaches this server could read every subject. ` +
        'Use 127.0.0.1, localhost or ::1, or check tokens',
    );
  }
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false });
  server.on('clientError', refuseUnreadable);
  await listening(server, options.port, host);
  const { port } = server.address() as AddressInfo;
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const base = options.baseUrl?.replace(/\/$/, '') ?? origin + BASE_PATH;
  const { onFault = logFault } = options;
  const own =
    typeof options.auth === 'function'
      ? await options.auth({ origin, base, onFault: (error) => onFault(error, AUTHORIZATION) })
      : undefined;
  const auth = own ?? (typeof options.auth === 'object' ? options.auth : 'off');
  const context: LocalServerContext = {
    software: sourceVersion(),
    onFault,
    base,
    identify: auth === 'off' ? identifyNobody : identifyByToken(auth.issuers),
    audit: options.audit ?? (async () => {}),
    origins: auth === 'off' ? 'loopback' : 'any',
    turns: turns(options.turns ?? TURNS),
  };
  const operations = options.operations ?? table;
  const rows = operations.map((operation) => operation.row);
  const documents = documentsOf(rows, {
    base,
    security: auth === 'off' ? 'open' : { server: auth.issuers.find(({ smart }) => smart !== undefined)?.smart },
    server: BASE_PATH,
    utilities: utilities.map((utility) => utility.row),
    jobs: options.jobs !== undefined,
  });
  const runner =
    options.jobs && startJobRunner({ jobs: options.jobs, operations, ports: options.ports, onFault: context.onFault });
  const jobs = options.jobs && runner && { store: options.jobs, started: runner.start };
  const pages: Pages = { origin, files: new Map([...API_PAGE_FILES, ...(own === undefined ? [] : appFiles())]) };
  const app = application(operations, options.ports, documents, pages, { ...context, ...(jobs && { jobs }) });
  const handle = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  server.on('request', (incoming, outgoing) => {
    // A missing or foreign Host is refused before anything else looks at the request.
    guard(incoming, outgoing, context, isLoopback(host) ? port : undefined, () =>
      own !== undefined && incoming.url?.startsWith(`${own.path}/`) === true
        ? answerOwn(own, incoming, outgoing, context)
        : handle(incoming, outgoing),
    );
  });
  return { url: `${origin}${BASE_PATH}`, page: `${origin}/`, close };

  async function close(): Promise<void> {
    await closed(server);
    await runner?.close();
  }
}

interface Pages {
  /** The origin that pages work at. */
  readonly origin: string;
  readonly files: ReadonlyMap<string, PageFile>;
}

/** Hands a request to the authorization server of this one; its faults are told as all others are. */
async function answerOwn(
  own: OwnAuthorization,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  context: LocalServerContext,
): Promise<void> {
  try {
    await own.handle(incoming, outgoing);
  } catch (error) {
    // Whatever has been sent already must not look finished.
    if (outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    await send(outgoing, await respond(undefined, context, () => Promise.reject(error)));
  }
}

function application(
  operations: readonly Operation[],
  ports: Ports,
  documents: Documents,
  pages: Pages,
  context: LocalServerContext,
): Hono<{ Bindings: HttpBindings }> {
  // Decoded before matching, so that `%24` is the `$` of the routes.
  const app = new Hono<{ Bindings: HttpBindings }>({ getPath: (request) => decodePath(new URL(request.url).pathname) });
  for (const operation of operations) {
    for (const route of routesOf(operation.row)) {
      app.all(BASE_PATH + route, (c) =>
        serve(c, OPERATION_METHODS, context, (request) =>
          answer(operation, request, ports, {
            ...context,
            remote: c.env.incoming.socket.remoteAddress,
            turn: (work) => context.turns.take(work, goneOf(c)),
          }),
        ),
      );
    }
  }
  const { jobs } = context;
  if (jobs !== undefined) {
    const rows = operations.map(({ row }) => row);
    app.all(BASE_PATH + jobPath(':id'), (c) =>
      serve(c, JOB_METHODS, context, (request) => {
        const id = request.path.slice(BASE_PATH.length + jobPath('').length);
        return answerJob(id, request, jobs.store, rows, { ...context, remote: c.env.incoming.socket.remoteAddress });
      }),
    );
  }
  for (const utility of utilities) {
    app.all(BASE_PATH + utilityRoute(utility.row), (c) =>
      serve(c, UTILITY_METHODS, context, (request) => answerUtility(utility, request, ports, context)),
    );
  }
  for (const route of DISCOVERY_ROUTES) {
    app.all(BASE_PATH + route, (c) =>
      serve(c, DISCOVERY_METHODS, context, (request) =>
        answerDiscovery(documents, request.path.slice(BASE_PATH.length), request, context),
      ),
    );
  }
  for (const route of pages.files.keys()) {
    app.all(route, (c) =>
      serve(c, DISCOVERY_METHODS, context, (request) => answerPage(request, pages.files, pages.origin, context)),
    );
  }
  app.all('*', (c) =>
    serve(c, DISCOVERY_METHODS, context, (request) =>
      respond(request, context, async () => {
        throw noRoute(request.path);
      }),
    ),
  );
  return app;
}

/** Answers one request: origin first, preflights at once, everything else by `handler`. */
async function serve(
  c: LocalContext,
  methods: string,
  context: LocalServerContext,
  handler: (request: OperationRequest) => Promise<HttpAnswer>,
): Promise<Response> {
  const request = fromFetch(c.req.raw);
  let cors: Readonly<Record<string, string>> = {};
  const allowed = await respond(request, context, async () => {
    cors = corsHeaders(request.headers.get('origin'), context.origins);
    return { status: 204, headers: request.method === 'OPTIONS' ? preflightHeaders(methods) : {} };
  });
  const reply = allowed.status !== 204 || request.method === 'OPTIONS' ? allowed : await handler(request);
  // What was refused without being read to its end leaves the connection in the middle of a request.
  const unread = request.method !== 'GET' && !(c.env.incoming as IncomingMessage).complete;
  await send(c.env.outgoing as ServerResponse, withHeaders(reply, unread ? { ...cors, Connection: 'close' } : cors));
  return RESPONSE_ALREADY_SENT;
}

/** Aborted when the client has left. */
function goneOf({ env }: LocalContext): AbortSignal {
  const [{ socket }, outgoing] = [env.incoming as IncomingMessage, env.outgoing as ServerResponse];
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  if (outgoing.destroyed || socket.readableEnded) leave();
  // The end of the connection is known some time before the response is closed. Pipelined requests listen each.
  socket.setMaxListeners(0).once('end', leave);
  outgoing.once('close', () => {
    socket.off('end', leave);
    leave();
  });
  return gone.signal;
}

function withHeaders(reply: HttpAnswer, extra: Readonly<Record<string, string>>): HttpAnswer {
  const vary = [reply.headers['Vary'], extra['Vary']].filter((value) => value !== undefined).join(', ');
  return { ...reply, headers: { ...reply.headers, ...extra, Vary: vary } };
}

/**
 * Writes an answer to Node's response itself: when the body fails, the connection breaks and nothing is added that
 * could make the text parse.
 */
async function send(outgoing: ServerResponse, reply: HttpAnswer): Promise<void> {
  outgoing.writeHead(reply.status, reply.headers);
  if (reply.body === undefined) {
    outgoing.end();
    return;
  }
  try {
    await pipeline(Readable.from(reply.body), outgoing);
  } catch {
    // Reported where it happened, or the client has gone; either way the connection must not look finished.
    outgoing.destroy();
  }
}

function guard(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  context: LocalServerContext,
  port: number | undefined,
  next: () => Promise<void>,
): void {
  const refused = respond(undefined, context, async () => {
    // The name that something before this server has; only where tokens keep foreign pages out.
    const named = context.origins === 'any' && incoming.headers.host === new URL(context.base).host;
    if (port !== undefined && !named) checkHost(incoming.headers.host, port);
    return { status: 200, headers: {} };
  });
  refused
    .then((reply) => (reply.status === 200 ? next() : send(outgoing, reply)))
    .catch(() => {
      outgoing.destroy();
    });
}

/** Requests that Node itself can't read, as OperationOutcomes like everything else. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET') socket.destroy();
  // Already answered: every further piece of an unreadable request comes here again.
  if (!socket.writable) return;
  const tooLarge = error.code === 'HPACK_HEADER_LIST_TOO_LARGE' || error.code === 'HPE_HEADER_OVERFLOW';
  const [status, outcome] = tooLarge
    ? [
        '431 Request Header Fields Too Large',
        operationOutcome('too-costly', 'The URL or headers are too long; use POST'),
      ]
    : ['400 Bad Request', operationOutcome('invalid', 'The request is not HTTP')];
  const body = JSON.stringify(outcome);
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: ${FHIR_JSON}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
  // Closing on a client that is still sending resets the connection, and it would never see the answer.
  socket.removeAllListeners('data').resume();
  setTimeout(() => socket.destroy(), UNREADABLE_GRACE_MS).unref();
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    // A connection whose last answer ends after this would otherwise wait for its keep-alive time to pass.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    server.close((error) => {
      clearInterval(idle);
      clearTimeout(grace);
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
