import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { overflow, screenshot, startBrowser, tabTo, watch, withoutBrowser } from '../support/browser.ts';
import { startWithDevelopmentServer } from '../support/development-server.ts';

const { subject } = findSubjectVariants.row.example;
let archive: TemporaryArchive;
let server: RunningServer;
let browser: Browser;

describe.skipIf(withoutBrowser('the API page'))('the API page', () => {
  beforeAll(async () => {
    archive = await temporaryArchive();
    await storeStudy(archive, {
      id: 'page',
      subjects: new Map([[subject, [{ input: 0, sample: 'S' }]]]),
      variants: { '10': [variantRow(94_781_858, 'G', 'A', { subject })] },
    });
    server = await startWithDevelopmentServer(archive.ports);
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await archive?.remove();
  });

  /** The page, with everything outside its server blocked and noted, and what the browser complained about. */
  async function open(width = 1200, of = server) {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const noted = await watch(context, of.page);
    const page = await context.newPage();
    await page.goto(of.page);
    await page.getByRole('heading', { name: 'Genomics archive', exact: true }).waitFor();
    await page.locator('.opblock').first().waitFor();
    return { page, ...noted };
  }

  it('answers an operation by keyboard alone, and asks nobody outside', async () => {
    const { page, outside, complaints } = await open();
    await screenshot(page, 'api-page');
    expect(await page.locator('#notice').textContent()).toContain('Signed in as Dr. Robin Example');

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
    await screenshot(page, 'api-page-answer');
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

  it('asks without a token where the server checks none', async () => {
    const unguarded = await startServer({ port: 0, ports: archive.ports, auth: 'off' });
    try {
      const { page, complaints } = await open(1200, unguarded);
      expect(await page.locator('#notice').textContent()).toContain('asks nobody who they are');
      expect(await page.getByRole('link', { name: 'EHR page' }).count()).toBe(0);
      expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
      await page.close();
    } finally {
      await unguarded.close();
    }
  });

  it('fits a narrow screen', async () => {
    const { page } = await open(420);
    await screenshot(page, 'api-page-narrow');
    expect(await overflow(page)).toBeLessThanOrEqual(0);
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
