import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const OUTPUT = join(import.meta.dirname, '..', 'output');
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Whatever gets past the interception below finds no name but this machine's.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Whether the browser tests can't run; CI has to have the browser. `what` is named in the line that says so. */
export function withoutBrowser(what: string): boolean {
  const missing = !existsSync(CHROMIUM);
  if (missing && process.env['CI'] === 'true') throw new Error(`${CHROMIUM} is not there, and CI needs it`);
  if (missing) console.log(`skipped: ${what} is not tried, because ${CHROMIUM} is not there`);
  return missing;
}

export function startBrowser(): Promise<Browser> {
  mkdirSync(OUTPUT, { recursive: true });
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

/** Where a screenshot of the tests goes; git ignores the folder. */
export function screenshot(page: Page, name: string): Promise<unknown> {
  return page.screenshot({ path: join(OUTPUT, `${name}.png`), fullPage: true });
}

/** What a browser did that it should not have. */
export interface Noted {
  /** Addresses outside the server that something asked. */
  readonly outside: string[];
  /** Errors and warnings of the console. */
  readonly complaints: string[];
}

/** Blocks and notes everything outside an origin, and notes what the browser complains about. */
export async function watch(context: BrowserContext, origin: string): Promise<Noted> {
  const noted: Noted = { outside: [], complaints: [] };
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url.startsWith(origin) || url.startsWith('data:')) return route.continue();
    noted.outside.push(url);
    return route.abort();
  });
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') noted.complaints.push(message.text());
  });
  context.on('weberror', (error) => noted.complaints.push(error.error().message));
  return noted;
}

/** How far a page is wider than its window, in pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

// Code for the page, as text: these names are the browser's, not Node's.
const FOCUSED = `(() => {
  let element = document.activeElement;
  const label = element?.labels?.[0]?.textContent;
  return (element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '').replaceAll('\\u200b', '');
})()`;

/** Presses Tab until what has the focus, by its label or text, is the one sought. */
export async function tabTo(page: Page, sought: (text: string) => boolean): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const text = (await page.evaluate(FOCUSED)) as string;
    if (sought(text.trim())) return;
  }
  throw new Error('the keyboard does not reach it');
}
