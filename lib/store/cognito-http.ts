import { ServiceUnavailableError } from '../cognito/errors.ts';

interface JsonReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

const TIMEOUT_MS = 5_000;
/** Token responses and key sets have a few kilobytes. */
const MOST_BYTES = 262_144;

/** @throws ServiceUnavailableError when nobody answers, or answers 429 or 5xx. */
export function postForm(
  url: string,
  form: Readonly<Record<string, string>>,
  authorization: string,
): Promise<JsonReply> {
  return request(url, { method: 'POST', body: new URLSearchParams(form), headers: { authorization } });
}

/** @throws ServiceUnavailableError like `postForm` */
export function getJson(url: string, authorization?: string): Promise<JsonReply> {
  return request(url, authorization === undefined ? {} : { headers: { authorization } });
}

async function request(url: string, init: RequestInit): Promise<JsonReply> {
  try {
    // A redirect would send credentials, or trust, elsewhere.
    const reply = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await textOf(reply);
    if (reply.status === 429 || reply.status >= 500) throw new Error(`answered with status ${reply.status}`);
    const body: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof body !== 'object' || body === null) throw new Error('answered with no JSON object');
    return { status: reply.status, body: body as Readonly<Record<string, unknown>>, headers: reply.headers };
  } catch (cause) {
    throw new ServiceUnavailableError(`The server of ${new URL(url).host}`, { cause });
  }
}

async function textOf(reply: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (reply.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw new Error('answered with too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
