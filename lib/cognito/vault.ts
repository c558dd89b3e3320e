import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Facade } from './ports.ts';

/** Things that a random secret gives access to, each for its own end only. */
type SealedKind = 'launch' | 'sign-in' | 'choice' | 'code' | 'grant' | 'refresh' | 'ticket';

type VaultParts = Pick<Facade, 'items' | 'now'>;

const SECRET = /^[A-Za-z0-9_-]{43}$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** 256 random bits as 43 characters of base64url. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 as base64url: the S256 of PKCE, and how secrets are named at rest. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Compares without telling by its time where two texts differ. */
export function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
}

/**
 * Keeps a value until `expires` (seconds since 1970) and returns the secret that gives it back. The table holds the
 * secret's hash and the value encrypted with the secret, so that nobody can act for a user by reading the table.
 */
export async function keep(
  { items }: Pick<VaultParts, 'items'>,
  kind: SealedKind,
  value: object,
  expires: number,
): Promise<string> {
  const secret = randomSecret();
  const id = idOf(kind, secret);
  await items.put({ id, body: seal(keyOf(kind, secret), JSON.stringify(value)), expires });
  return secret;
}

/** The value and whether it was used already; undefined when there is none or its time is over. */
export async function look<T>(
  { items, now }: VaultParts,
  kind: SealedKind,
  secret: string,
): Promise<{ readonly value: T; readonly used: boolean } | undefined> {
  if (!SECRET.test(secret)) return undefined;
  const id = idOf(kind, secret);
  const item = await items.get(id);
  if (item?.expires === undefined || item.expires <= now()) return undefined;
  return { value: JSON.parse(unseal(keyOf(kind, secret), item.body)) as T, used: item.used === true };
}

/** Like `look`, and uses the value up: `used` is false for one caller only, ever. */
export async function take<T>(
  parts: VaultParts,
  kind: SealedKind,
  secret: string,
): Promise<{ readonly value: T; readonly used: boolean } | undefined> {
  const found = await look<T>(parts, kind, secret);
  if (found === undefined || found.used) return found;
  return { value: found.value, used: !(await parts.items.use(idOf(kind, secret))) };
}

/** From now on there is nothing behind the secret. */
export async function forget({ items }: Pick<VaultParts, 'items'>, kind: SealedKind, secret: string): Promise<void> {
  await items.remove(idOf(kind, secret));
}

function idOf(kind: SealedKind, secret: string): string {
  return `${kind}#${hashOf(secret)}`;
}

function keyOf(kind: SealedKind, secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', `genomics ${kind}`, 32));
}

function seal(key: Uint8Array, text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

function unseal(key: Uint8Array, body: string): string {
  const bytes = Buffer.from(body, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
}
