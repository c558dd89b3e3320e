import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forget, hashOf, keep, look, take } from '../../lib/cognito/vault.ts';
import { type FacadeUnderTest, startFacade } from '../support/facade.ts';

let under: FacadeUnderTest;

beforeAll(async () => {
  under = await startFacade();
});
afterAll(() => under.close());

const soon = () => under.facade.now() + 60;

describe('what is kept', () => {
  test.prop([fc.dictionary(fc.string(), fc.string())], { numRuns: 20 })('comes back whole', async (value) => {
    const secret = await keep(under.facade, 'code', value, soon());
    expect((await look<object>(under.facade, 'code', secret))?.value).toEqual({ ...value });
  });

  it('is found by its secret and for its end only', async () => {
    const secret = await keep(under.facade, 'code', { a: 1 }, soon());
    expect(await look(under.facade, 'refresh', secret)).toBeUndefined();
    expect(await look(under.facade, 'code', hashOf(secret))).toBeUndefined();
    for (const other of ['', 'code#', `${secret}\n`, secret.slice(1)]) {
      expect(await look(under.facade, 'code', other)).toBeUndefined();
    }
  });

  it('is over at its time', async () => {
    expect(await look(under.facade, 'code', await keep(under.facade, 'code', {}, under.facade.now()))).toBeUndefined();
  });

  it('is gone when forgotten', async () => {
    const secret = await keep(under.facade, 'grant', {}, soon());
    await forget(under.facade, 'grant', secret);
    expect(await look(under.facade, 'grant', secret)).toBeUndefined();
  });

  it('can not be exchanged by somebody who writes to the table', async () => {
    const { items } = under.facade;
    const [mine, yours] = [
      await keep(under.facade, 'code', { of: 'me' }, soon()),
      await keep(under.facade, 'code', { of: 'you' }, soon()),
    ];
    const [from, to] = [`code#${hashOf(mine)}`, `code#${hashOf(yours)}`];
    const item = (await items.get(from))!;
    await items.put({ ...item, id: to });
    await expect(look(under.facade, 'code', yours)).rejects.toThrow();
    await items.put({
      ...item,
      body: `A${item.body.slice(1)}` === item.body ? `B${item.body.slice(1)}` : `A${item.body.slice(1)}`,
    });
    await expect(look(under.facade, 'code', mine)).rejects.toThrow();
  });
});

describe('one use', () => {
  it('is one of many at once', async () => {
    const secret = await keep(under.facade, 'launch', {}, soon());
    const id = `launch#${hashOf(secret)}`;
    const won = await Promise.all(Array.from({ length: 20 }, () => under.facade.items.use(id)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await take(under.facade, 'launch', secret)).toEqual({ value: {}, used: true });
  });

  it('is of what is there', async () => {
    expect(await under.facade.items.use('launch#nothing')).toBe(false);
    expect(await take(under.facade, 'launch', 'A'.repeat(43))).toBeUndefined();
  });

  it('of a name is one of many at once, until its time is over', async () => {
    const now = under.facade.now();
    const item = { id: 'jti#x', body: '', expires: now + 10 };
    const won = await Promise.all(Array.from({ length: 20 }, () => under.facade.items.add(item, now)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await under.facade.items.add(item, now + 9)).toBe(false);
    expect(await under.facade.items.add(item, now + 10)).toBe(true);
  });
});
