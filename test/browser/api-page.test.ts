import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';

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

const { subject } = findSubjectVariants.row.example;
const missing = !existsSync(CHROMIUM);
if (missing && process.env['CI'] === 'true') throw new Error(`${CHROMIUM} is not there, and CI needs it`);
if (missing) console.log(`skipped: the API page is not tried, because ${CHROMIUM} is not there`);

let archive: TemporaryArchive;
let server: RunningServer;
let browser: Browser;

describe.skipIf(missing)('the API page', () => {
  beforeAll(async () => {
    archive = await temporaryArchive();
    await storeStudy(archive, {
      id: 'page',
      subjects: new Map([[subject, [{ input: 0, sample: 'S' }]]]),
      variants: { '10': [variantRow(94_781_858, 'G', 'A', { subject })] },
    });
    server = await startServer({ port: 0, ports: archive.ports });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    mkdirSync(OUTPUT, { recursive: true });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await archive?.remove();
  });

  /** The page, with everything outside this server blocked and noted, and what the browser complained about. */
  async function open(width = 1200) {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const outside: string[] = [];
    const complaints: string[] = [];
    await page.route('**/*', (route) => {
      const url = route.request().url();
      if (url.startsWith(server.page) || url.startsWith('data:')) return route.continue();
      outside.push(url);
      return route.abort();
    });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.page);
    await page.getByRole('heading', { name: 'Genomics archive', exact: true }).waitFor();
    await page.locator('.opblock').first().waitFor();
    return { page, outside, complaints };
  }

  it('answers an operation by keyboard alone, and asks nobody outside', async () => {
    const { page, outside, complaints } = await open();
    await page.screenshot({ path: join(OUTPUT, 'api-page.png'), fullPage: true });

    await tabTo(page, (focused) => focused.includes(`$${findSubjectVariants.row.code}`));
    await page.keyboard.press('Enter');
    await page.locator('.opblock.is-open').waitFor();
    expect(await page.locator('tr[data-param-name="subject"] input').inputValue()).toBe(subject);
    await tabTo(page, (focused) => focused === 'Execute');
    await page.keyboard.press('Enter');

    const answer = page.locator('.live-responses-table .response-col_description .highlight-code');
    await answer.waitFor();
    const body = JSON.parse((await answer.locator('code').textContent()) ?? '');
    expect(body.resourceType).toBe('Parameters');
    expect(JSON.stringify(body)).toContain('NC_000010.11:94781858:G:A');
    expect(await page.locator('.live-responses-table tbody .response-col_status').textContent()).toContain('200');
    await page.screenshot({ path: join(OUTPUT, 'api-page-answer.png'), fullPage: true });
    expect(outside).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('forbids itself to load or ask anything from elsewhere', async () => {
    const { page, outside, complaints } = await open();
    const blocked = (await page.evaluate(TRY_OUTSIDE)) as string[];
    expect(blocked.sort()).toEqual(['connect-src', 'img-src']);
    expect(outside).toEqual([]);
    expect(complaints.join()).toMatch(/Content Security Policy/);
    await page.close();
  });

  it('fits a narrow screen', async () => {
    const { page } = await open(420);
    const overflow = await page.evaluate(OVERFLOW);
    await page.screenshot({ path: join(OUTPUT, 'api-page-narrow.png'), fullPage: true });
    expect(overflow).toBeLessThanOrEqual(0);
    await page.close();
  });
});

// Code for the page, as text: these names are the browser's, not Node's.

const TRY_OUTSIDE = `(async () => {
  const violations = [];
  document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
  await fetch('https://example.org/').catch(() => undefined);
  const image = new Image();
  await new Promise((resolve) => {
    image.onerror = resolve;
    image.src = 'https://example.org/pixel.png';
  });
  return violations;
})()`;

const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

const FOCUSED = `(() => {
  const element = document.activeElement;
  return element?.getAttribute('aria-label') ?? element?.textContent?.replaceAll('\u200b', '') ?? '';
})()`;

/** Presses Tab until what has the focus, by its text or label, is the one sought. */
async function tabTo(page: Page, sought: (text: string) => boolean): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const text = (await page.evaluate(FOCUSED)) as string;
    if (sought(text.trim())) return;
  }
  throw new Error('the keyboard does not reach it');
}
