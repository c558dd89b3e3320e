import type { Answer } from './ports.ts';

/** A walk over a store's answers, question by question. */
export interface Cursor<Row> {
  /** Reads the first batch, so that a failure shows before anything is said. */
  start(): Promise<void>;
  /** Whether the question has an answer; asked in the order of the questions. */
  has(index: number): Promise<boolean>;
  /** The question's rows, in batches. */
  rows(index: number): AsyncGenerator<readonly Row[]>;
  /** Fails unless every answer was taken: one for a question that was not asked, or late, would be lost in silence. */
  finish(): Promise<void>;
  /** Lets go of the store when the caller stops early. */
  close(): Promise<void>;
}

/** Walks answers that come in the order of the questions. */
export function cursorOf<Row>(answers: AsyncIterable<readonly Answer<Row>[]>): Cursor<Row> {
  const source = answers[Symbol.asyncIterator]();
  let batch: readonly Answer<Row>[] = [];
  let place = 0;
  let done = false;

  async function next(): Promise<Answer<Row> | undefined> {
    while (place >= batch.length && !done) {
      const result = await source.next();
      place = 0;
      if (result.done === true) {
        done = true;
        batch = [];
      } else {
        batch = result.value;
      }
    }
    return batch[place];
  }

  async function has(index: number): Promise<boolean> {
    const answer = await next();
    if (answer !== undefined && answer.index < index) throw new Error('the store answered out of order');
    return answer?.index === index;
  }

  return {
    async start() {
      await next();
    },
    has,
    async *rows(index) {
      while (await has(index)) {
        const from = place;
        while (batch[place]?.index === index) place++;
        yield batch.slice(from, place).map(({ row }) => row);
      }
    },
    async finish() {
      if ((await next()) !== undefined) throw new Error('the store answered a question that was not asked');
    },
    async close() {
      if (!done) await source.return?.();
    },
  };
}
