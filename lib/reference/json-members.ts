import { InvalidInputError } from '../genomics/errors.ts';

const [QUOTE, ESCAPE, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);
/** Depth of the members of an object that is itself a member of the file's object. */
const MEMBERS = 2;

/** A member of an object, not yet more than JSON. */
export interface JsonMember {
  readonly name: string;
  readonly value: unknown;
}

/**
 * The members of one object of a JSON file, one at a time: `{"a": {...}, "transcripts": {"NM_1.1": ..., ...}}`. The
 * whole file may be longer than any string.
 *
 * @param file for messages
 * @throws InvalidInputError when it is no such JSON file or ends too early
 */
export async function* membersOf(
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  object: string,
  file: string,
): AsyncGenerator<JsonMember> {
  let [depth, inString, escaped, found] = [0, false, false, false];
  /** Text of the member at hand: of the file's object up to its `{`, of the wanted object up to its end. */
  let text: Buffer[] = [];
  let wanted = false;
  for await (const piece of pieces) {
    let from = 0;
    const take = (end: number): string => {
      text.push(piece.subarray(from, end));
      const taken = Buffer.concat(text).toString('utf8').trim();
      text = [];
      from = end + 1;
      return taken;
    };
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === ESCAPE) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (OPENING.has(byte)) {
        depth++;
        if (depth === 1) take(at);
        else if (depth === MEMBERS) {
          wanted = nameOf(take(at)) === object;
          found ||= wanted;
        }
      } else if (CLOSING.has(byte)) {
        depth--;
        if (depth === MEMBERS - 1) {
          const last = take(at);
          if (wanted && last !== '') yield parsed(last, file);
          wanted = false;
        }
      } else if (byte === COMMA && depth > 0 && depth <= MEMBERS) {
        const member = take(at);
        if (wanted && depth === MEMBERS) yield parsed(member, file);
      }
    }
    // Members of other objects are not kept.
    if (depth < MEMBERS || wanted) text.push(piece.subarray(from));
  }
  if (depth !== 0 || inString) throw new InvalidInputError(`${file} is cut short`);
  if (!found) throw new InvalidInputError(`${file} has no '${object}'`);
}

/** The name in `"transcripts":`. */
function nameOf(text: string): string | undefined {
  return /^"([^"\\]*)"\s*:$/.exec(text)?.[1];
}

function parsed(text: string, file: string): JsonMember {
  try {
    const [entry] = Object.entries(JSON.parse(`{${text}}`) as Record<string, unknown>);
    if (entry !== undefined) return { name: entry[0], value: entry[1] };
  } catch (cause) {
    throw new InvalidInputError(`${file}: not JSON at ${text.slice(0, 40)}`, undefined, { cause });
  }
  throw new InvalidInputError(`${file}: not JSON at ${text.slice(0, 40)}`);
}
