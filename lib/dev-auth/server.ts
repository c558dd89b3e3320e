import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from 'oidc-provider';
import type { Issuer } from '../auth/issuers.ts';
import { scopeTokens } from '../auth/scopes.ts';
import { formOf, jsonOf } from './body.ts';
import { ehrDirectory, ehrLaunch } from './ehr-api.ts';
import { answerInteraction } from './interactions.ts';
import { introspectionByToken } from './introspection.ts';
import { issuerOfTokens } from './issuer.ts';
import type { Keys } from './keys.ts';
import { newLaunches } from './launches.ts';
import { errorPage, PAGE_HEADERS } from './pages.ts';
import { directoryOf } from './people.ts';
import { configuredProvider } from './provider.ts';
import { withClientOfRefreshToken } from './refresh.ts';
import { Refusal } from './refusal.ts';

import { AUTH_PATH, type ProviderOptions, ROUTES } from './settings.ts';
import { type MintedToken, mintToken, type TokenRequest } from './tokens.ts';

export interface DevelopmentServerOptions {
  /** Of the server it is part of, such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** FHIR base URL: the audience of every token. */
  readonly base: string;
  readonly keys: Keys;
  /** Whether the demo cohort is there, so that its people and records are offered. */
  readonly demo: boolean;
  /** Told of failures that are ours to mend. */
  readonly onFault: (error: unknown) => void;
}

/** A SMART authorization server for one FHIR server on this machine. */
export interface DevelopmentServer {
  /** Below which path it answers. */
  readonly path: string;
  /** What its tokens are checked by. */
  readonly issuers: readonly Issuer[];
  /** Where the command line asks for tokens, and the key that it shows: whoever can read it, reads the data too. */
  readonly mint: { readonly url: string; readonly key: string };
  token(request: TokenRequest): Promise<MintedToken>;
  handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;
}

/** Makes the development authorization server of a FHIR server; keys decide what survives a restart. */
export function developmentServer({ origin, base, keys, demo, onFault }: DevelopmentServerOptions): DevelopmentServer {
  const options: ProviderOptions = {
    origin,
    base,
    keys,
    directory: directoryOf(demo),
    launches: newLaunches(),
    grants: new Map(),
    onFault,
  };
  const configured = configuredProvider(options);
  const { clients, provider } = configured;
  const callback = provider.callback();
  const mint = { url: `${origin}${AUTH_PATH}/mint`, key: randomBytes(32).toString('base64url') };

  /** Answers with JSON; undefined where the provider itself answers. */
  async function own(incoming: IncomingMessage, route: string): Promise<object | undefined> {
    switch (`${incoming.method} ${route}`) {
      case 'GET /ehr/directory':
        return ehrDirectory(incoming, clients, options);
      case 'POST /ehr/launch':
        return ehrLaunch(incoming, clients, options);
      case 'POST /mint':
        return minted(incoming, mint.key, options);
      case `POST ${ROUTES.introspection}`:
        return /^Bearer /i.test(incoming.headers.authorization ?? '')
          ? introspectionByToken(incoming, options)
          : undefined;
      default:
        return undefined;
    }
  }

  async function route(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', origin);
    const below = url.pathname.slice(AUTH_PATH.length);
    const answer = await own(incoming, below);
    if (answer !== undefined) return sendJson(outgoing, 200, answer);
    if (below.startsWith('/interaction/')) return answerInteraction(incoming, outgoing, configured, options);
    if (below === ROUTES.authorization) {
      if (incoming.method === 'POST') {
        const query = new URLSearchParams([...url.searchParams, ...(await formOf(incoming))]);
        outgoing.writeHead(303, { Location: `${url.pathname}?${query}`, 'Cache-Control': 'no-store' }).end();
        return undefined;
      }
      askForConsent(url.searchParams);
    }
    const form = /^application\/x-www-form-urlencoded\b/.test(incoming.headers['content-type'] ?? '');
    const told = below === ROUTES.token && form ? await withClientOfRefreshToken(incoming, configured) : incoming;
    // The library knows what it is mounted at by the difference of the two.
    Object.assign(told, { originalUrl: `${url.pathname}${url.search}`, url: `${below}${url.search}` });
    await callback(told, outgoing);
    return undefined;
  }

  return {
    path: AUTH_PATH,
    issuers: [issuerOfTokens(options)],
    mint,
    token: (request) => mintToken(request, options),
    async handle(incoming, outgoing) {
      try {
        await route(incoming, outgoing);
      } catch (error) {
        refuse(incoming, outgoing, error);
      }
    },
  };
}

/** offline_access is dropped without the user's consent, which SMART apps don't know to ask for. */
function askForConsent(query: URLSearchParams): void {
  const offline = scopeTokens(query.get('scope') ?? '').includes('offline_access');
  if (offline && !query.has('prompt')) query.set('prompt', 'consent');
}

async function minted(incoming: IncomingMessage, key: string, options: ProviderOptions): Promise<object> {
  const shown = Buffer.from(/^Bearer (\S+)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? '');
  const kept = Buffer.from(key);
  if (shown.length !== kept.length || !timingSafeEqual(shown, kept)) {
    throw new Refusal(401, 'invalid_token', 'The key of the data folder is needed');
  }
  const { scope, patient, user } = await jsonOf(incoming);
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));
  return mintToken({ scope: text(scope) ?? '', patient: text(patient), user: text(user) }, options);
}

/** What went wrong, as a page for people and as JSON for programs. @throws whatever is a fault of ours */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse, error: unknown): void {
  const told =
    error instanceof Refusal
      ? { status: error.status, out: { error: error.error, error_description: error.message } }
      : error instanceof errors.OIDCProviderError
        ? { status: error.statusCode, out: { error: error.error, error_description: error.error_description } }
        : undefined;
  if (told === undefined) throw error;
  if (incoming.headers.accept?.includes('text/html')) {
    outgoing.writeHead(told.status, PAGE_HEADERS).end(errorPage(told.out).text);
  } else {
    sendJson(outgoing, told.status, told.out);
  }
}

function sendJson(outgoing: ServerResponse, status: number, body: object): void {
  outgoing
    .writeHead(status, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(JSON.stringify(body));
}
