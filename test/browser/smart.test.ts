import type { Browser, BrowserContext, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDemo } from '../../lib/cli/demo.ts';
import { operations } from '../../lib/operations/table.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { type Noted, overflow, screenshot, startBrowser, tabTo, watch, withoutBrowser } from '../support/browser.ts';
import { type ServerWithPeople, startWithDevelopmentServer } from '../support/development-server.ts';

let archive: TemporaryArchive;
let server: ServerWithPeople;
let browser: Browser;

describe.skipIf(withoutBrowser('the SMART app'))('the SMART app', () => {
  beforeAll(async () => {
    archive = await temporaryArchive();
    await loadDemo(archive);
    server = await startWithDevelopmentServer(archive.ports);
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await archive?.remove();
  });

  /** A browser that nobody has signed in with. */
  async function visitor(width = 1200, height = 900): Promise<{ context: BrowserContext; page: Page; noted: Noted }> {
    const context = await browser.newContext({ viewport: { width, height } });
    const noted = await watch(context, server.origin);
    return { context, page: await context.newPage(), noted };
  }

  /** The EHR page as someone sees it who is not signed in: it sends the browser on by itself. */
  async function openSignIn(page: Page): Promise<void> {
    await page.goto(`${server.origin}/ehr/`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  }

  async function signInAsClinician(page: Page): Promise<void> {
    if (!page.url().includes('/auth/interaction/')) await openSignIn(page);
    await page.getByRole('button', { name: /Dr\. Robin Example/ }).click();
    await page.getByText('Signed in as Dr. Robin Example').waitFor();
  }

  const read = (where: Page | FrameLocator, subject: string) =>
    where.getByText(`The record of ${subject} is read.`).waitFor();
  const gene = (where: Page | FrameLocator, symbol: string) => where.locator(`[data-gene="${symbol}"]`);

  it('opens a record from the EHR page, in a frame, and shows what was tested and what was found', async () => {
    const { context, page, noted } = await visitor();
    await openSignIn(page);
    await screenshot(page, 'sign-in');
    await signInAsClinician(page);
    await page.getByRole('button', { name: 'Open demo-hereditary-cancer here' }).waitFor();
    await screenshot(page, 'ehr-page');
    await page.getByRole('button', { name: 'Open demo-hereditary-cancer here' }).click();
    const app = page.frameLocator('#frame');
    await read(app, 'demo-hereditary-cancer');
    await screenshot(page, 'ehr-launch-frame');

    // The EHR page shows whose record it is, so that the app does not.
    expect(await app.locator('#whose').isVisible()).toBe(false);
    expect(await app.getByRole('table', { name: 'Tests in the archive' }).textContent()).toContain(
      'hereditary-cancer-panel-1',
    );
    expect(await gene(app, 'BRCA1').locator('summary').textContent()).toBe('BRCA13 small variantstested');
    await gene(app, 'BRCA1').locator('summary').click();
    const table = app.getByRole('table', { name: 'Variants of BRCA1' });
    await table.waitFor();
    expect(await table.textContent()).toContain('NM_007294.4:c.81_134del');
    expect(await app.getByRole('img', { name: /^BRCA1 from / }).count()).toBe(1);
    // The deletion of exon 3 is small enough to be stated as sequence; as a large variant it is not told again.
    expect(await gene(app, 'BRCA1').locator('tbody tr').count()).toBe(3);
    // BRCA1 without exon 3 is pathogenic in ClinVar; what is benign is told apart from it.
    const findings = app.locator('#findings');
    const grave = findings.locator('.grave', { hasText: 'BRCA1 NM_007294.4:c.81_134del' });
    expect(await grave.textContent()).toMatch(/^Pathogenic.*hereditary-cancer-panel-1.*expert panel.*ClinVar/);
    expect(await findings.getByText(/Benign or likely benign: \d/).count()).toBe(1);
    expect(await findings.getByText(/not looked at.*CHEK2/).count()).toBe(1);
    expect(await gene(app, 'CHEK2').locator('summary').textContent()).toContain('not looked at');
    expect(noted).toEqual({ outside: [], complaints: [] });
    await context.close();
  });

  it('opens a record from the EHR page in a tab of its own, and says there whose it is', async () => {
    const { context, page, noted } = await visitor();
    await signInAsClinician(page);
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('button', { name: 'Open demo-cyp2c19 in a new tab' }).click(),
    ]);
    await read(tab, 'demo-cyp2c19');
    expect(await tab.locator('#whose').textContent()).toContain('Record of demo-cyp2c19');
    const genotypes = tab.getByRole('table', { name: 'Genotypes' });
    expect(await genotypes.getByRole('row', { name: /^CYP2C19 / }).textContent()).toContain('*2/*17');
    // The position that decides was not called: no genotype, and above all not *1.
    const uncalled = await genotypes.getByRole('row', { name: /^NUDT15 / }).textContent();
    expect(uncalled).toContain('no genotype');
    expect(uncalled).not.toContain('*1');
    const clopidogrel = tab.locator('#medicines li', { hasText: 'clopidogrel' });
    expect(await clopidogrel.textContent()).toMatch(/Intermediate metabolizer.*Rests on CYP2C19 \*2\/\*17.*CPIC/);
    await gene(tab, 'CYP2C19').locator('summary').click();
    const table = tab.getByRole('table', { name: 'Variants of CYP2C19' });
    await table.waitFor();
    // *17 lies in the promoter, outside the transcript.
    expect(await table.textContent()).toMatch(/94,761,900 \(beside the gene\)/);
    expect(await table.textContent()).toContain('rs4244285');
    expect(await gene(tab, 'BRCA1').locator('summary').textContent()).toBe('BRCA1Nothing can be saidnot tested');
    await gene(tab, 'BRCA1').locator('summary').click();
    await tab.getByRole('img', { name: /^BRCA1 from .*It was not tested/ }).waitFor();
    await screenshot(tab, 'genome-cyp2c19');
    // A reload keeps the session, and renews it when its token has ended; the EHR page keeps its own.
    await tab.evaluate(END_TOKEN_OF_APP);
    const renewal = tab.waitForRequest((request) => request.url() === `${server.origin}/auth/token`);
    await tab.reload();
    expect((await renewal).postData()).toContain('grant_type=refresh_token');
    await read(tab, 'demo-cyp2c19');
    await page.reload();
    await page.getByText('Signed in as Dr. Robin Example').waitFor();
    expect(noted).toEqual({ outside: [], complaints: [] });
    await context.close();
  });

  it('is refused another record than the one it was launched for, before anything is looked up', async () => {
    const { context, page } = await visitor();
    await signInAsClinician(page);
    await page.getByRole('button', { name: 'Open demo-cyp2c19 here' }).click();
    await read(page.frameLocator('#frame'), 'demo-cyp2c19');
    const app = page.frames().find((frame) => frame.url().includes('/genome/'));
    const ask = (subject: string) => app?.evaluate(askWithTokenOfApp(subject)) as Promise<Answer>;
    const own = await ask('demo-cyp2c19');
    const other = await ask('demo-hereditary-cancer');
    const nobody = await ask('nobody-of-this-name');
    expect(own.status).toBe(200);
    expect(other.status).toBe(403);
    expect(JSON.parse(other.body)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'forbidden' }] });
    expect(other.timing).not.toContain('prepare');
    // Whether the other person exists is not to be told.
    expect(nobody).toMatchObject({ status: 403, body: other.body });
    await context.close();
  });

  it('opens by itself and asks whose record', async () => {
    const { context, page, noted } = await visitor();
    await page.goto(`${server.origin}/genome/`);
    await screenshot(page, 'genome-start');
    await page.getByRole('button', { name: "Open one person's genome" }).click();
    await page.getByRole('button', { name: /Dr\. Robin Example/ }).click();
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    await screenshot(page, 'allow-access');
    await page.getByLabel(/demo-carrier/).check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await read(page, 'demo-carrier');
    await screenshot(page, 'genome-carrier');
    expect(noted).toEqual({ outside: [], complaints: [] });
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'Open a genome' }).waitFor();
    await context.close();
  });

  it('opens a patient their own record only', async () => {
    const { context, page } = await visitor();
    await page.goto(`${server.origin}/genome/`);
    await page.getByRole('button', { name: "Open one person's genome" }).click();
    await page.getByRole('button', { name: /Cleo Demo/ }).click();
    expect(await page.getByText('Your own record:').textContent()).toContain('demo-cyp2c19');
    expect(await page.getByRole('radio').count()).toBe(0);
    await page.getByRole('button', { name: 'Allow' }).click();
    await read(page, 'demo-cyp2c19');
    // The record system is not for patients.
    await page.goto(`${server.origin}/ehr/`);
    await page.getByText('Cleo Demo may not use the EHR page').waitFor();
    await context.close();
  });

  it('signs out of everything', async () => {
    const { context, page } = await visitor();
    await signInAsClinician(page);
    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await context.close();
  });

  it('says so when access is denied', async () => {
    const { context, page } = await visitor();
    await page.goto(`${server.origin}/genome/`);
    await page.getByRole('button', { name: "Open one person's genome" }).click();
    await page.getByRole('button', { name: /Cleo Demo/ }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText(/access was denied/).waitFor();
    await page.getByRole('heading', { name: 'Open a genome' }).waitFor();
    await context.close();
  });

  it('says of what the server lacks that it is not available, and of what fails that it could not be read', async () => {
    const few = await startWithDevelopmentServer(archive.ports, {
      operations: operations.filter(({ row }) => !/haplotypes|implications|population/.test(row.code)),
    });
    try {
      const context = await browser.newContext();
      const { complaints } = await watch(context, few.origin);
      const page = await context.newPage();
      await page.route('**/$find-subject-variants*', (route) => route.abort());
      await page.goto(`${few.origin}/genome/`);
      await page.getByRole('button', { name: "Open one person's genome" }).click();
      await page.getByRole('button', { name: /Hana Demo/ }).click();
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByText('Parts of the record of demo-hereditary-cancer could not be read').waitFor();
      const shown = await page.locator('#panels').textContent();
      expect(shown).toContain('This server does not answer $find-subject-haplotypes.');
      expect(shown).toContain('This server does not answer $find-subject-dx-implications.');
      await gene(page, 'BRCA1').locator('summary').click();
      expect(await gene(page, 'BRCA1').textContent()).toMatch(/could not be read.*Nothing can be concluded/);
      await screenshot(page, 'genome-missing');
      expect(shown).not.toMatch(/No \w+ variant|no entry/);
      expect(complaints.every((text) => text.includes('ERR_FAILED'))).toBe(true);
      await context.close();
    } finally {
      await few.close();
    }
  });

  it('counts for an analyst, who opens no record', async () => {
    const { context, page, noted } = await visitor();
    await page.goto(`${server.origin}/genome/`);
    await page.getByRole('button', { name: 'Count in the population' }).click();
    await page.getByRole('button', { name: /Kim Example/ }).click();
    await page.getByRole('heading', { name: 'Count in the population' }).waitFor();
    await page.getByRole('button', { name: 'Count', exact: true }).click();
    await page.locator('#population .unavailable, #population table').waitFor();
    await screenshot(page, 'genome-population');
    expect(noted).toEqual({ outside: [], complaints: [] });
    await context.close();
  });

  it('is used by keyboard alone, from the EHR page to a table of variants', async () => {
    const { context, page } = await visitor();
    await openSignIn(page);
    await tabTo(page, (text) => text.includes('Dr. Robin Example'));
    await page.keyboard.press('Enter');
    await page.getByText('Signed in as').waitFor();
    await tabTo(page, (text) => text === 'Skip to the records');
    await page.keyboard.press('Enter');
    await tabTo(page, (text) => text === 'Open demo-cyp2c19 in a new tab');
    const opening = context.waitForEvent('page');
    await page.keyboard.press('Enter');
    const tab = await opening;
    await read(tab, 'demo-cyp2c19');
    await tabTo(tab, (text) => text.startsWith('CYP2C19'));
    await screenshot(tab, 'genome-focus');
    await tab.keyboard.press('Enter');
    await tab.getByRole('table', { name: 'Variants of CYP2C19' }).waitFor();
    await tabTo(tab, (text) => text === 'Variants of CYP2C19');
    await context.close();
  });

  it('fits a phone', async () => {
    const { context, page } = await visitor(360, 740);
    await openSignIn(page);
    await screenshot(page, 'phone-sign-in');
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await signInAsClinician(page);
    await page.getByRole('button', { name: 'Open demo-hereditary-cancer here' }).waitFor();
    await screenshot(page, 'phone-ehr-page');
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.goto(`${server.origin}/genome/`);
    await page.getByRole('button', { name: "Open one person's genome" }).click();
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    await screenshot(page, 'phone-allow-access');
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.getByLabel(/demo-hereditary-cancer/).check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await read(page, 'demo-hereditary-cancer');
    await gene(page, 'BRCA1').locator('summary').click();
    await page.getByRole('table', { name: 'Variants of BRCA1' }).waitFor();
    await screenshot(page, 'phone-genome');
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await context.close();
  });

  it('meets the contrast of WCAG AA, and every control has a name', async () => {
    const { context, page } = await visitor();
    const faults: unknown[] = [];
    const check = async (where: string) => {
      const found = (await page.evaluate(ACCESSIBILITY)) as string[];
      faults.push(...found.map((fault) => `${where}: ${fault}`));
    };
    await openSignIn(page);
    await check('sign-in');
    await signInAsClinician(page);
    await page.getByRole('button', { name: 'Open demo-carrier here' }).waitFor();
    await check('EHR page');
    await page.goto(`${server.origin}/genome/`);
    await check('app, start');
    await page.getByRole('button', { name: "Open one person's genome" }).click();
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    await check('allow access');
    await page.getByLabel(/demo-hereditary-cancer/).check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await read(page, 'demo-hereditary-cancer');
    await gene(page, 'BRCA1').locator('summary').click();
    await page.getByRole('table', { name: 'Variants of BRCA1' }).waitFor();
    await check('app');
    expect(faults).toEqual([]);
    await context.close();
  });
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly timing: string;
}

// Code for the page, as text: these names are the browser's, not Node's.

/** Asks about a subject with the token that the app keeps, as a changed app could. */
function askWithTokenOfApp(subject: string): string {
  return `(async () => {
    const state = JSON.parse(sessionStorage.getItem(JSON.parse(sessionStorage.getItem('SMART_KEY'))));
    const response = await fetch('/fhir/$find-subject-variants?ranges=NC_000010.11:94762680-94855547&subject=${subject}', {
      headers: { Authorization: 'Bearer ' + state.tokenResponse.access_token },
    });
    const timing = response.headers.get('server-timing');
    return { status: response.status, body: await response.text(), timing };
  })()`;
}

/** Makes the app believe that its token has ended. */
const END_TOKEN_OF_APP = `(() => {
  const key = JSON.parse(sessionStorage.getItem('SMART_KEY'));
  const state = JSON.parse(sessionStorage.getItem(key));
  sessionStorage.setItem(key, JSON.stringify({ ...state, expiresAt: 1 }));
})()`;

/** Texts whose colours are too near, and controls without a name. Backgrounds are plain colours on these pages. */
const ACCESSIBILITY = `(() => {
  const faults = [];
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!own || !element.checkVisibility() || element.closest('svg, noscript, .skip')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(style.color), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push(element.textContent.slice(0, 40) + ' has a contrast of ' + ratio.toFixed(2));
  }
  for (const control of document.querySelectorAll('button, a, input, select, iframe')) {
    const named = control.textContent.trim() || control.getAttribute('aria-label') || control.labels?.length || control.title;
    if (!named) faults.push('a ' + control.tagName + ' has no name');
  }
  if (document.querySelectorAll('h1').length !== 1) faults.push('there is not exactly one h1');
  if (document.documentElement.lang !== 'en') faults.push('the language is not stated');
  return faults;
})()`;
