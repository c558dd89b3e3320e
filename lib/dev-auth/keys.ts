import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

/** Secrets of one development authorization server. They are made where they are used and never leave the machine. */
export interface Keys {
  /** Signs tokens, RS256. */
  readonly signing: JWK;
  /** Private key of the registered backend client, ES384; what a developer signs assertions with. */
  readonly backend: JWK;
  /** Keeps cookies from being forged. */
  readonly cookie: string;
}

/** The file inside the folder that holds the backend client's private key alone. */
export const BACKEND_KEY_FILE = 'backend-client.jwk.json';
const KEYS_FILE = 'keys.json';

/**
 * The keys in `folder`, made on first use and readable by their owner only: a restart keeps tokens valid and the
 * backend client's key the same.
 */
export async function keptKeys(folder: string): Promise<Keys> {
  const path = join(folder, KEYS_FILE);
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined) return JSON.parse(kept) as Keys;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const keys = await newKeys();
  await writeFile(path, JSON.stringify(keys), { mode: 0o600, flag: 'wx' });
  await writeFile(join(folder, BACKEND_KEY_FILE), `${JSON.stringify(keys.backend, null, 2)}\n`, { mode: 0o600 });
  return keys;
}

/** New keys that nothing else knows. */
export async function newKeys(): Promise<Keys> {
  return {
    signing: await privateKey('RS256'),
    backend: await privateKey('ES384'),
    cookie: randomBytes(32).toString('base64url'),
  };
}

/** The part of a private key that may be published. */
export function publicKey({ kty, n, e, crv, x, y, kid, alg, use }: JWK): JWK {
  const members = { kty, n, e, crv, x, y, kid, alg, use };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JWK;
}

async function privateKey(alg: string): Promise<JWK> {
  const { privateKey: key } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(key);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' };
}
