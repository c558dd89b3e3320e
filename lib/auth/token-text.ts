import { InvalidTokenError } from './errors.ts';

/** Longest token read, in characters. API Gateway takes 10,240 bytes of headers in all. */
const MAX_TOKEN_LENGTH = 8_192;

/**
 * Refuses texts that are read as the same token as another text, or differently by another reader: segments that are
 * not base64url as RFC 7515 writes it (padding, unused bits), and JSON that names a member twice.
 *
 * @throws InvalidTokenError
 */
export function checkTokenText(token: string): void {
  if (token.length > MAX_TOKEN_LENGTH) throw new InvalidTokenError('is too long');
  const segments = token.split('.');
  if (segments.length !== 3) throw new InvalidTokenError('has not three segments');
  for (const segment of segments) {
    if (segment === '' || Buffer.from(segment, 'base64url').toString('base64url') !== segment) {
      throw new InvalidTokenError('has a segment that is not base64url');
    }
  }
  for (const segment of segments.slice(0, 2)) {
    if (namesTwice(Buffer.from(segment, 'base64url').toString('utf8'))) {
      throw new InvalidTokenError('names a member twice');
    }
  }
}

/** Whether a JSON text has an object with a name twice. Texts that are no JSON may give either answer. */
function namesTwice(json: string): boolean {
  // Strings, and the signs that open, part and close what they are in.
  const signs = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;
  const objects: (Set<string> | undefined)[] = [];
  let text: string | undefined;
  for (const [sign] of json.matchAll(signs)) {
    if (sign === '{') objects.push(new Set());
    else if (sign === '[') objects.push(undefined);
    else if (sign === '}' || sign === ']') objects.pop();
    else if (sign === ':') {
      const names = objects.at(-1);
      const name = text === undefined ? '' : parsedText(text);
      if (names?.has(name)) return true;
      names?.add(name);
    }
    text = sign.startsWith('"') ? sign : undefined;
  }
  return false;
}

/** A name as it is after its escapes are read. */
function parsedText(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
