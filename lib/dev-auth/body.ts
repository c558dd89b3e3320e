import type { IncomingMessage } from 'node:http';
import { badRequest } from './refusal.ts';

const MOST_BYTES = 16_384;

/** The body of a posted form. @throws Refusal when it is too large */
export async function formOf(incoming: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await bodyOf(incoming));
}

/** The members of a posted JSON object. @throws Refusal for anything else */
export async function jsonOf(incoming: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  // A page from elsewhere can post text and forms without asking first; JSON it can't.
  if (!/^application\/json\b/.test(incoming.headers['content-type'] ?? '')) throw badRequest('The body must be JSON');
  const text = await bodyOf(incoming);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('The body is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw badRequest('The body is no JSON object');
  return { ...value };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw badRequest('The body is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
