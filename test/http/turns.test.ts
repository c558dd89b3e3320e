import { setTimeout as sleep } from 'node:timers/promises';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { turns } from '../../lib/http/turns.ts';
import type { Operation } from '../../lib/operations/row.ts';
import { fake, noPorts } from './fake-operation.ts';

const NEVER = new AbortController().signal;

describe('turns', () => {
  test.prop([
    fc.integer({ min: 1, max: 5 }),
    fc.array(fc.constantFrom('ends', 'fails', 'leaves'), { minLength: 1, maxLength: 30 }),
  ])('come in order, never more at once than may be, and none is lost', async (atOnce, fates) => {
    const { take } = turns({ atOnce, waiting: fates.length });
    const began: number[] = [];
    let [under, most] = [0, 0];
    const taken = fates.map((fate, number) => {
      const gone = new AbortController();
      const turn = take(async () => {
        began.push(number);
        most = Math.max(most, ++under);
        await sleep(0);
        under--;
        if (fate === 'fails') throw new Error('failed');
        return number;
      }, gone.signal);
      if (fate === 'leaves') gone.abort();
      return turn;
    });
    const outcomes = await Promise.allSettled(taken);
    expect(most).toBeLessThanOrEqual(atOnce);
    // Who has left is not begun, and holds no place.
    expect(began).toEqual(fates.flatMap((fate, number) => (fate === 'leaves' ? [] : [number])));
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(fates.map((fate) => fate === 'ends'));
    // Every place is free again.
    await Promise.all(Array.from({ length: atOnce }, () => take(async () => {}, NEVER)));
  });

  it('refuse more than may wait, until some have left', async () => {
    const { take } = turns({ atOnce: 1, waiting: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = take(() => promise, NEVER);
    const gone = new AbortController();
    const second = take(async () => {}, gone.signal);
    await expect(take(async () => {}, NEVER)).rejects.toMatchObject({ status: 503, issue: 'throttled' });
    gone.abort();
    await expect(second).rejects.toMatchObject({ status: 408 });
    const third = take(async () => 'third', NEVER);
    resolve();
    expect(await third).toBe('third');
    await first;
    await expect(take(async () => {}, gone.signal)).rejects.toMatchObject({ status: 408 });
  });
});

describe('a server that is asked too much', () => {
  /** An operation that is under way until it is let go. */
  function slow() {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun: string[] = [];
    const operation = (code: string): Operation =>
      fake(code, async () => {
        begun.push(code);
        await promise;
        return {
          dependsOn: [],
          run: async function* () {
            yield '{}';
          },
        };
      });
    return { operation, begun, letGo: resolve };
  }
  const ask = ({ url }: RunningServer, code: string, signal: AbortSignal = NEVER) =>
    fetch(`${url}/$${code}?subject=S1&ranges=a`, { signal });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await sleep(5);
  };

  it('refuses what may not wait, and never begins what nobody waits for any more', async () => {
    const { operation, begun, letGo } = slow();
    const audited: string[] = [];
    const server = await startServer({
      port: 0,
      ports: noPorts,
      operations: ['first', 'one', 'other', 'second'].map(operation),
      turns: { atOnce: 1, waiting: 1 },
      audit: async ({ outcomeDesc = 'answered' }) => void audited.push(outcomeDesc),
      onFault: () => {},
    });
    const first = ask(server, 'first');
    await until(() => begun.length === 1);
    const leaving = new AbortController();
    // One of them waits, whichever comes first; the other may not.
    const two = ['one', 'other'].map((code) => ask(server, code, leaving.signal));
    const refused = await Promise.race(two);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await refused.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'throttled' }] });
    leaving.abort();
    const left = (await Promise.allSettled(two)).filter(({ status }) => status === 'rejected');
    expect(left).toHaveLength(1);
    await until(() => audited.some((text) => text.startsWith('HTTP 408')));
    const second = ask(server, 'second');
    letGo();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(begun).toEqual(['first', 'second']);
    await server.close();
  });
});
