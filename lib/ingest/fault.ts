import { InvalidInputError } from '../genomics/errors.ts';

/** Where in an input file something was found: the file's name without folders, and its 1-based line. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** One clear line about bad input: file, line, what is wrong and what to do next. */
export function fault({ file, line }: Place, message: string): InvalidInputError {
  return new InvalidInputError(`${file}, line ${line}: ${message}`);
}

/** Shortens a caller's own text for a message, so that a binary file can't flood the terminal. */
export function quoted(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return `'${shown.replace(/[\u0000-\u001f\u007f]/g, '?')}'`;
}
