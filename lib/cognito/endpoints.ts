import { authorize } from './authorize.ts';
import { callback, choosePatient } from './callback.ts';
import { OAuthError, oauthErrorOf } from './errors.ts';
import { errorReply, type FacadeReply, type FacadeRequest, NO_STORE, single } from './exchange.ts';
import { introspect } from './introspect.ts';
import { registerLaunch } from './launch.ts';
import { refusalPage } from './patient-page.ts';
import type { Facade } from './ports.ts';
import { findClient } from './registration.ts';
import { holderOf, revoke, token } from './token.ts';

interface Endpoint {
  readonly methods: readonly ('GET' | 'POST')[];
  readonly answer: (facade: Facade, request: FacadeRequest) => Promise<FacadeReply>;
  /** Whether a person's browser comes here itself, so that failures are told as pages. */
  readonly isPage: boolean;
  /** Whether apps in browsers may call it from their own origin. */
  readonly cors: boolean;
}

const ENDPOINTS = {
  authorize: { methods: ['GET', 'POST'], answer: authorize, isPage: true, cors: false },
  callback: { methods: ['GET'], answer: callback, isPage: true, cors: false },
  patient: { methods: ['POST'], answer: choosePatient, isPage: true, cors: false },
  token: { methods: ['POST'], answer: token, isPage: false, cors: true },
  revoke: { methods: ['POST'], answer: revoke, isPage: false, cors: true },
  introspect: { methods: ['POST'], answer: introspect, isPage: false, cors: false },
  launch: { methods: ['POST'], answer: registerLaunch, isPage: false, cors: false },
} as const satisfies Readonly<Record<string, Endpoint>>;

export type EndpointName = keyof typeof ENDPOINTS;

/** Which endpoints each Lambda function serves, under the façade's base. */
export const FUNCTION_ENDPOINTS = {
  'smart-authorize': ['authorize', 'callback', 'patient'],
  'smart-token': ['token', 'revoke'],
  'smart-introspect': ['introspect'],
  'smart-launch': ['launch'],
} as const satisfies Readonly<Record<string, readonly EndpointName[]>>;

/** The methods of an endpoint, `OPTIONS` included where browsers ask before they call. */
export function methodsOf(name: EndpointName): readonly string[] {
  const { methods, cors } = ENDPOINTS[name];
  return cors ? [...methods, 'OPTIONS'] : methods;
}

/**
 * Answers one request to an endpoint. `read` may refuse the request's body. Whatever is not a refusal in OAuth's words
 * is told as `server_error` and handed to `onFault`.
 */
export async function answerEndpoint(
  facade: Facade,
  name: EndpointName,
  method: string,
  headers: ReadonlyMap<string, string>,
  read: () => Promise<FacadeRequest>,
  onFault: (error: unknown) => void,
): Promise<FacadeReply> {
  const endpoint: Endpoint = ENDPOINTS[name];
  const origin = headers.get('origin');
  if (method === 'OPTIONS' && endpoint.cors) return preflight(origin);
  if (!endpoint.methods.some((one) => one === method)) {
    const error = new OAuthError('invalid_request', `Use ${endpoint.methods.join(' or ')} here`);
    return { ...errorReply(error, { Allow: methodsOf(name).join(', ') }), status: 405 };
  }
  let allowed: Readonly<Record<string, string>> = {};
  try {
    const request = await read();
    if (endpoint.cors && origin !== undefined) allowed = await corsOf(facade, origin, request);
    const reply = await endpoint.answer(facade, request);
    return { ...reply, headers: { ...reply.headers, ...allowed } };
  } catch (error) {
    if (!(error instanceof OAuthError) || error.cause !== undefined) onFault(error);
    const told = oauthErrorOf(error);
    return endpoint.isPage ? refusalPage(told.status, told.message) : errorReply(told, allowed);
  }
}

/** Whether a browser may ask says nothing yet; its answer is readable to registered origins only. */
function preflight(origin: string | undefined): FacadeReply {
  return {
    status: 204,
    headers: {
      ...(origin === undefined ? {} : { 'Access-Control-Allow-Origin': origin }),
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, Accept',
      'Access-Control-Max-Age': '600',
      Vary: 'Origin',
      ...NO_STORE,
    },
    body: '',
  };
}

/** A public app is the one that calls from a browser; it says its `client_id`, or has a refresh token that does. */
async function corsOf(
  facade: Facade,
  origin: string,
  { form }: FacadeRequest,
): Promise<Readonly<Record<string, string>>> {
  const parameters = single(form);
  const clientId = parameters.get('client_id') ?? (await holderOf(facade, parameters));
  const client = await findClient(facade.items, clientId ?? '');
  const isRegistered = client?.redirect_uris.some((uri) => new URL(uri).origin === origin) === true;
  return isRegistered && origin !== 'null'
    ? { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' }
    : { Vary: 'Origin' };
}
