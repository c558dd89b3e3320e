import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { formOf } from './body.ts';
import type { ConfiguredProvider } from './provider.ts';

/**
 * A request to the token endpoint with the client that its refresh token is of: SMART has public apps send the token
 * alone, and the library wants to be told whose it is.
 *
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#refresh-access-token
 */
export async function withClientOfRefreshToken(
  incoming: IncomingMessage,
  { provider, clients }: ConfiguredProvider,
): Promise<IncomingMessage> {
  const form = await formOf(incoming);
  const token = form.get('refresh_token');
  const named = ['client_id', 'client_assertion'].some((name) => form.has(name));
  if (token !== null && !named && incoming.headers.authorization === undefined) {
    const id = (await provider.RefreshToken.find(token, { ignoreExpiration: true }))?.clientId;
    const client = clients.find((one) => one.id === id);
    if (client?.metadata['token_endpoint_auth_method'] === 'none') form.set('client_id', client.id);
  }
  return withBody(incoming, form.toString());
}

/** The same request with a body that is there to be read. */
function withBody({ method, url, socket, headers: sent }: IncomingMessage, text: string): IncomingMessage {
  const body = Buffer.from(text);
  const { 'transfer-encoding': _, ...headers } = { ...sent, 'content-length': String(body.length) };
  return Object.assign(Readable.from([body]), { method, url, socket, headers }) as unknown as IncomingMessage;
}
