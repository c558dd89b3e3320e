/** A class instance of a pickle that is not a plain value: its class, what it was made with, and its state. */
export interface Pickled {
  readonly className: string;
  readonly args: unknown;
  items: unknown[];
  state: unknown;
}

const MARK = Symbol('mark');

/**
 * Reads a Python pickle (protocol 2 to 4) of plain values; dicts become arrays of pairs, since their keys need not be
 * strings. Instances are kept as {@link Pickled}: nothing of the pickle is run.
 *
 * @throws Error for an opcode that such files don't hold
 * @see https://docs.python.org/3/library/pickletools.html
 */
export function readPickle(bytes: Buffer): unknown {
  const stack: unknown[] = [];
  const memo: unknown[] = [];
  let at = 0;
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    const text = bytes.toString('latin1', at, end);
    at = end + 1;
    return text;
  };
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const uint = (size: number): number => take(size).readUIntLE(0, size);
  const popToMark = (): unknown[] => {
    const from = stack.lastIndexOf(MARK);
    const items = stack.splice(from);
    return items.slice(1);
  };
  const top = (): unknown => stack.at(-1);
  const append = (items: readonly unknown[]): void => {
    const target = top();
    if (Array.isArray(target)) target.push(...items);
    else (target as Pickled).items.push(...items);
  };
  const pairs = (flat: readonly unknown[]): unknown[] =>
    Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
  for (;;) {
    const op = String.fromCharCode(bytes[at++] as number);
    switch (op) {
      case '\x80':
        at += 1;
        break;
      case '\x95':
        at += 8;
        break;
      case '\x94':
        memo.push(top());
        break;
      case 'q':
        memo[uint(1)] = top();
        break;
      case 'r':
        memo[uint(4)] = top();
        break;
      case 'h':
        stack.push(memo[uint(1)]);
        break;
      case 'j':
        stack.push(memo[uint(4)]);
        break;
      case '(':
        stack.push(MARK);
        break;
      case '}':
      case ']':
        stack.push([]);
        break;
      case ')':
        stack.push([]);
        break;
      case '\x8c':
        stack.push(take(uint(1)).toString('utf8'));
        break;
      case 'X':
        stack.push(take(uint(4)).toString('utf8'));
        break;
      case 'C':
        stack.push(Buffer.from(take(uint(1))));
        break;
      case 'K':
        stack.push(uint(1));
        break;
      case 'M':
        stack.push(uint(2));
        break;
      case 'J':
        stack.push(take(4).readInt32LE(0));
        break;
      case '\x8a':
        stack.push(
          Number(
            BigInt.asIntN(
              64,
              take(uint(1)).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
            ),
          ),
        );
        break;
      case 'N':
        stack.push(null);
        break;
      case '\x88':
        stack.push(true);
        break;
      case '\x89':
        stack.push(false);
        break;
      case '\x93': {
        const name = stack.pop();
        stack.push(`${stack.pop()}.${name}`);
        break;
      }
      case 'c':
        stack.push(`${line()}.${line()}`);
        break;
      case '\x81':
      case 'R': {
        const args = stack.pop();
        const className = String(stack.pop());
        stack.push({ className, args, items: [], state: undefined } satisfies Pickled);
        break;
      }
      case 'b': {
        const state = stack.pop();
        (top() as Pickled).state = state;
        break;
      }
      case 't':
      case 'l':
        stack.push(popToMark());
        break;
      case '\x85':
        stack.push(stack.splice(-1));
        break;
      case '\x86':
        stack.push(stack.splice(-2));
        break;
      case '\x87':
        stack.push(stack.splice(-3));
        break;
      case 'a':
        append([stack.pop()]);
        break;
      case 'e': {
        const items = popToMark();
        append(items);
        break;
      }
      case 's': {
        const value = stack.pop();
        append([[stack.pop(), value]]);
        break;
      }
      case 'u': {
        const items = pairs(popToMark());
        append(items);
        break;
      }
      case '.':
        return stack.pop();
      default:
        throw new Error(`pickle opcode ${JSON.stringify(op)} at ${at - 1} is not read`);
    }
  }
}
