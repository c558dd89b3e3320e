import { hash } from 'node:crypto';
import type { TsvWriter } from '../../ingest/tsv.ts';
import type { Coded, Treatment } from '../rows.ts';
import type { StatementForm } from '../statement-form.ts';
import { storedToken } from '../tokens.ts';

/** Numbers lists of conditions and treatments: millions of statements share some ten thousand of them. */
export interface ListNumbers {
  /** The number of a list; undefined for an empty one, which no statement refers to. */
  numberOf(kind: 'condition' | 'treatment', list: readonly Treatment[]): number | undefined;
  /** Writes a form of statements among the lists. @returns its number, which no list has */
  addForm(form: StatementForm): number;
}

/**
 * Each list, with its codes and words, is written when it is first met. Memory holds a digest of each list, not its text.
 *
 * @param lists gets `list, json` @param terms gets `kind, system, code, display, list, item`
 */
export function numberLists(lists: TsvWriter, terms: TsvWriter): ListNumbers {
  const numbers = new Map<string, number>();
  // Readers hand out the same array for the same text: most lists need no digest.
  const known = new WeakMap<readonly Coded[], number>();
  let next = 0;
  const write = (json: string): number => {
    lists.integer(next);
    lists.text(json);
    lists.endRow();
    return next++;
  };
  return {
    addForm: (form) => write(JSON.stringify(form)),
    numberOf(kind, list) {
      if (list.length === 0) return undefined;
      const seen = known.get(list);
      if (seen !== undefined) return seen;
      const json = JSON.stringify(list);
      const digest = hash('sha256', `${kind}${json}`, 'base64');
      const found = numbers.get(digest);
      const number = found ?? write(json);
      known.set(list, number);
      if (found !== undefined) return number;
      numbers.set(digest, number);
      for (const { item, coded } of items(list)) {
        for (const { display, ...stated } of coded) {
          // As tokens are compared: a lab may write older systems than clients do.
          const { system, code } = stated.code === undefined ? stated : storedToken({ ...stated, code: stated.code });
          terms.text(kind);
          terms.text(system);
          terms.text(code === undefined ? undefined : oneLine(code));
          terms.text(display === undefined ? undefined : oneLine(display));
          terms.integer(number);
          terms.integer(item);
          terms.endRow();
        }
      }
      return number;
    },
  };
}

/** Codings of one condition stand together with the same display; those of a treatment are its own. */
function* items(list: readonly Treatment[]): Generator<{ readonly item: number; readonly coded: readonly Coded[] }> {
  let item = -1;
  let last: Coded | undefined;
  for (const { also = [], ...coded } of list) {
    const same = last !== undefined && coded.display !== undefined && coded.display === last.display;
    if (!same) item++;
    last = coded;
    const { display } = coded;
    yield {
      item,
      coded: [coded, ...also.map((one) => (display === undefined ? one : { ...one, display }))],
    };
  }
}

/** Text of a source may hold what separates columns and rows here. */
export function oneLine(text: string): string {
  return /[\t\n\r]/.test(text) ? text.replace(/[\t\n\r]+/g, ' ') : text;
}
