/**
 * A study in a real browser, answered by three people, one of them on a phone. Needs Chromium, as swagger-ui.test.ts.
 * With SCREENSHOTS, a folder, the pages are kept there to be looked at.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import { createTestRecords } from '../database/test-database.ts';
import { createFakeHost, MODEL, result } from '../routes/fake-host.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const found = existsSync(CHROMIUM);
if (!found) console.warn(`skipped: there is no ${CHROMIUM}; install it with "apt-get install chromium"`);

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const CAPTIONS = ['a red car on a road', 'two dogs sitting in the snow'];

describe.skipIf(!found)('a study in a browser', () => {
  let records: Awaited<ReturnType<typeof createTestRecords>>;
  let app: FastifyInstance;
  let url: string;
  let browser: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    records = await createTestRecords();
    const host = createFakeHost();
    host.behaviour = async (request, options) => {
      const painted = result(request, options);
      // The second source paints green.
      const background = request.sampler.strategy === 'parallel' ? '#00a000' : '#a0a0ff';
      const encoded = await sharp({ create: { width: 128, height: 128, channels: 3, background } })
        .webp({ lossless: true })
        .toBuffer();
      return { ...painted, images: painted.images.map((image) => ({ ...image, encoded })) };
    };
    app = await buildApp({ records, host });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await records?.close();
  });

  async function create(body: object): Promise<string> {
    const created = await app.inject({ method: 'POST', url: '/v1/studies', payload: body });
    return created.json().study.id;
  }
  const results = async (id: string) => (await app.inject(`/v1/studies/${id}/results`)).json();

  /** Somebody with a browser of their own. */
  async function visit(id: string, options: object = {}): Promise<{ page: Page; context: BrowserContext }> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A study whose pictures are being made is asked again: 409.
      if (message.type() === 'error' && !message.text().includes('409')) complaints.push(message.text());
    });
    await page.goto(`${url}/studies/${id}`);
    return { page, context };
  }

  const count = (page: Page, text: string) => page.locator('#count', { hasText: text }).waitFor();
  const fits = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
  async function keep(page: Page, name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  it('hides a word: three people fill it in, and most of them decide', async () => {
    const id = await create({
      ...{ kind: 'hummus', captions: CAPTIONS, sources: [{ model: MODEL }], annotators: 3 },
      categories: ['noun'],
    });
    const said = [
      { 'a red _____ on a road': 'Car', 'two _____ sitting in the snow': 'dogs' },
      { 'a red _____ on a road': 'cars', 'two _____ sitting in the snow': 'cat' },
      { 'a red _____ on a road': 'bus', 'two _____ sitting in the snow': 'bear' },
    ];
    for (const [i, answers] of said.entries()) {
      const { page, context } = await visit(id, i === 1 ? PHONE : {});
      for (let n = 0; n < 2; n++) {
        await count(page, `${n} of 2`);
        const text = (await page.locator('#text').textContent()) as keyof typeof answers;
        await page.locator('#pictures img').waitFor();
        await keep(page, `hummus-${i === 1 ? 'phone' : 'desk'}`);
        expect(await fits(page)).toBe(true);
        // Ready to be typed into.
        await page.keyboard.type(answers[text]);
        await page.keyboard.press('Enter');
      }
      await count(page, '2 of 2');
      await page.getByText('That was all. Thank you!').waitFor();
      // Nothing more to say, for whoever comes back.
      await page.reload();
      await page.getByText('Thank you!').waitFor();
      await context.close();
    }
    expect(await results(id)).toMatchObject({
      answers: 6,
      hummus: [{ source: MODEL, score: { count: 1, total: 2 } }],
    });
  });

  it('shows two pictures: by keyboard, by mouse and by finger the same one is meant', async () => {
    const id = await create({
      ...{ kind: 'semantic', captions: CAPTIONS, annotators: 3 },
      sources: [{ model: MODEL }, { model: MODEL, sampler: { strategy: 'parallel' } }],
    });
    /** Where the green picture is. */
    const green = (page: Page) =>
      page.evaluate(`(() => {
        const canvas = new OffscreenCanvas(1, 1).getContext('2d');
        canvas.drawImage(document.querySelector('#pictures img'), 0, 0, 1, 1);
        const [r, g] = canvas.getImageData(0, 0, 1, 1).data;
        return g > r + 50 ? 'left' : 'right';
      })()`);
    for (const who of ['keyboard', 'mouse', 'finger']) {
      const { page, context } = await visit(id, who === 'finger' ? PHONE : {});
      for (let n = 0; n < 2; n++) {
        await count(page, `${n} of 2`);
        await page.locator('#choices').waitFor();
        await page.locator('#text').waitFor();
        await keep(page, `semantic-${who}`);
        expect(await fits(page)).toBe(true);
        const side = await green(page);
        if (who === 'keyboard') await page.keyboard.press(side === 'left' ? 'ArrowLeft' : 'ArrowRight');
        else if (who === 'mouse')
          await page
            .locator('#pictures button')
            .nth(side === 'left' ? 0 : 1)
            .click();
        else await page.getByRole('button', { name: 'Tie' }).tap();
      }
      await page.getByText('That was all. Thank you!').waitFor();
      await keep(page, 'thanks');
      await context.close();
    }
    expect((await results(id)).preference).toMatchObject({
      shares: { second: { count: 4, total: 6 }, first: { count: 0 }, tie: { count: 2 } },
      items: { second: 2 },
    });
  });

  it('asks which of two looks more real, on a desk and on a phone, and shows no caption', async () => {
    const id = await create({
      ...{ kind: 'fidelity', captions: CAPTIONS, annotators: 2 },
      sources: [{ model: MODEL }, { model: MODEL, sampler: { strategy: 'parallel' } }],
    });
    for (const [where, options] of [
      ['desk', {}],
      ['phone', PHONE],
    ] as const) {
      const { page, context } = await visit(id, options);
      for (let n = 0; n < 2; n++) {
        await count(page, `${n} of 2`);
        await page.locator('#pictures img').nth(1).waitFor();
        await keep(page, `fidelity-${where}`);
        expect(await fits(page)).toBe(true);
        const source = await page.content();
        for (const caption of CAPTIONS) expect(source).not.toContain(caption);
        await page.locator('#pictures button').nth(n).click();
      }
      await page.getByText('That was all. Thank you!').waitFor();
      await context.close();
    }
    const { preference } = await results(id);
    expect(preference.shares.first.total).toBe(4);
    expect(preference.shares.tie.count).toBe(0);
  });

  it('is told when there is no such study', async () => {
    const { page, context } = await visit('std_nothing');
    await page.getByText('There is no such study.').waitFor();
    await context.close();
    complaints.splice(0, complaints.length, ...complaints.filter((one) => !one.includes('404')));
  });

  it('without a complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});
