import { InvalidInputError } from '../errors.ts';

/** A text read from left to right. Failing names the place, 1-based, and what was expected there. */
export interface Scanner {
  /** Whether everything has been read. */
  atEnd(): boolean;
  /** Takes `token` when it comes next. */
  take(token: string): boolean;
  /** Whether `token` comes next. */
  sees(token: string): boolean;
  /** Takes as many characters as `allowed` holds; may be none. */
  takeWhile(allowed: (character: string) => boolean): string;
  /** A whole number without sign, greater than 0. */
  number(what: string): number;
  rest(): string;
  /** Goes back to a place that {@link Scanner.mark} gave. */
  mark(): number;
  reset(to: number): void;
  fail(expected: string): never;
  /** A legal description that can't be looked up: the reason stands in for the place. */
  refuse(reason: string): never;
}

const isDigit = (character: string): boolean => character >= '0' && character <= '9';

/** @param expression name of the input at fault, for its error */
export function scan(text: string, expression?: string): Scanner {
  let at = 0;
  const fail = (expected: string): never => {
    const found = at < text.length ? `'${text.slice(at, at + 12)}'` : 'the end';
    throw new InvalidInputError(
      `'${shown(text)}' is not HGVS: ${expected} was expected at character ${at + 1}, not ${found}`,
      expression,
    );
  };
  const takeWhile = (allowed: (character: string) => boolean): string => {
    const from = at;
    while (at < text.length && allowed(text[at] as string)) at++;
    return text.slice(from, at);
  };
  return {
    atEnd: () => at === text.length,
    sees: (token) => text.startsWith(token, at),
    take(token) {
      if (!text.startsWith(token, at)) return false;
      at += token.length;
      return true;
    },
    takeWhile,
    number(what) {
      const from = at;
      const digits = takeWhile(isDigit);
      const value = Number(digits);
      if (digits !== '' && value > 0 && value <= 2_147_483_647) return value;
      at = from;
      return fail(what);
    },
    rest: () => text.slice(at),
    mark: () => at,
    reset(to) {
      at = to;
    },
    fail,
    refuse(reason) {
      throw new InvalidInputError(`'${shown(text)}' can't be looked up: ${reason}`, expression);
    },
  };
}

/** Long insertions are not repeated to the caller in full. */
function shown(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 100)}... (${text.length} characters)`;
}
