/**
 * The page for people in a real browser, tab by tab, with tiny models: what a person would do who has never read a
 * document, with a mouse, with a keyboard, and on a phone. Needs Chromium, as swagger-ui.test.ts does.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app.ts';
import type { InferenceHost } from '../../src/inference/host.ts';
import { createInferenceHost } from '../../src/inference/host-process.ts';
import { type JobQueue, openQueue } from '../../src/jobs/queue.ts';
import { createTrainJobs } from '../../src/jobs/train-jobs.ts';
import { KINDS } from '../../src/training/kinds.ts';
import { createTestRecords } from '../database/test-database.ts';
import { TINY, writeTinyTasks } from '../inference/tiny-tasks.ts';
import { picture } from '../pictures/sample-pictures.ts';
import { ANSWERS } from '../zoo/tiny-answerer.ts';

// Of the browser, in what runs there: the tests have no types of it.
// biome-ignore-start lint/suspicious/noExplicitAny: see above
declare const document: any;
declare const window: any;
declare const dispatchEvent: any;
declare const innerWidth: number;
declare const DataTransfer: any;
declare const ClipboardEvent: any;
declare const DragEvent: any;
declare const MutationObserver: any;
// biome-ignore-end lint/suspicious/noExplicitAny: see above

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const found = existsSync(CHROMIUM);
if (!found) console.warn(`skipped: there is no ${CHROMIUM}; install it with "apt-get install chromium"`);
const TABS = ['paint', 'ask', 'train', 'models', 'runs', 'studies'];

describe.skipIf(!found)('the page', () => {
  let root: string;
  let host: InferenceHost;
  let records: Awaited<ReturnType<typeof createTestRecords>>;
  let app: FastifyInstance;
  let locked: FastifyInstance;
  let queue: JobQueue;
  let browser: Browser;
  let page: Page;
  let url: string;
  let axe: string;
  const complaints: string[] = [];
  const elsewhere: string[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'page-'));
    await writeTinyTasks(join(root, 'zoo'));
    await writeFile(join(root, 'left.png'), await picture(60, 40).png().toBuffer());
    await writeFile(join(root, 'right.jpg'), await picture(30, 30).jpeg().toBuffer());
    await writeFile(join(root, 'page.html'), '<!doctype html>');
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    records = await createTestRecords();
    host = await createInferenceHost({ checkpoints: [join(root, 'zoo')], threads: 1 });
    queue = await openQueue(records.connection, 'sender', () => {});
    const jobs = createTrainJobs(records.database, queue);
    const checkpointsDir = fileURLToPath(new URL('../../checkpoints', import.meta.url));
    const training = { jobs, kinds: KINDS, dataDir: root, checkpointsDir };
    app = await buildApp({ records, host, training });
    locked = await buildApp({ records, host, training, access: { keysNeeded: true, rateLimit: 1000 } });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    page = await open({ width: 1280, height: 900 });
    while (!host.ready()) await new Promise((resolve) => setTimeout(resolve, 20));
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await locked?.close();
    await host?.close(0);
    await queue?.close();
    await records?.close();
    await rm(root, { recursive: true });
  });
  afterEach(async ({ task }) => {
    // What was waited for is not all there is to know: the page may have said why it did not come.
    if (task.result?.state === 'fail')
      console.error(await page.getByRole('alert').or(page.getByRole('status')).allTextContents());
    expect([complaints.splice(0), elsewhere.splice(0)]).toEqual([[], []]);
  });

  async function open(viewport: { width: number; height: number }, at = url): Promise<Page> {
    const phone = viewport.width < 500;
    const opened = await browser.newPage({ viewport, isMobile: phone, hasTouch: phone });
    opened.setDefaultTimeout(60_000);
    opened.on('pageerror', (error) => complaints.push(error.message));
    opened.on('console', (message) => {
      // Refusals are shown to the person; the browser counts them as well.
      if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
        complaints.push(message.text());
    });
    opened.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(at))
        elsewhere.push(request.url());
    });
    return opened;
  }
  /** What axe finds. */
  async function faults(shown: Page): Promise<string[]> {
    // Through the debugger: the page's own policy would let no script in.
    await shown.evaluate(axe);
    return shown.evaluate(async () => {
      const { violations: all } = (await window.axe.run()) as { violations: Violation[] };
      return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
  }
  const go = (tab: string) => page.goto(`${url}/#/${tab}`);
  const button = (name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' });

  it('paints from an idea, in two clicks; the picture can be enlarged, repeated, and asked about', async () => {
    await page.goto(url);
    expect(await page.title()).toBe('Paint · xlxmert-zoo');
    await button('two dogs on the beach').click();
    await button('Paint').click();
    await page.getByText(/^seed \d+$/).waitFor();
    const painted = page.locator('.enlarge img');
    const src = await painted.getAttribute('src');
    expect(src).toMatch(/^data:image\/png;base64,/);

    await button(/^Enlarge/).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);

    await button('Again with this seed').click();
    await page.waitForFunction(() => document.querySelectorAll('.seed').length === 2);
    expect(await painted.evaluateAll((all) => all.map((one) => one.getAttribute('src')))).toEqual([src, src]);

    await button('Ask about this one').first().click();
    await page.waitForURL(/#\/ask/);
    await page.getByRole('textbox', { name: 'Question' }).fill('what is on the grass?');
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'How likely each answer is' }).waitFor();
    expect(ANSWERS).toContain(await page.locator('.said').textContent());

    await button('Which parts decide?').click();
    await page.locator('.rests-on .blocks').waitFor();
    expect(await page.locator('.rests-on .blocks span').count()).toBe(16);
    await page.getByText(/^(Row \d, column \d hidden|No single part decides)/).waitFor();
    expect(await faults(page)).toEqual([]);
    await button('In finer parts').click();
    await button('In coarser parts').waitFor();
    expect(await page.locator('.rests-on .blocks span').count()).toBe(64);
  });

  it('shows every sampling step of several pictures', async () => {
    await go('paint');
    await page.getByRole('textbox', { name: 'What shall be painted?' }).fill('a red car');
    await page.getByRole('spinbutton', { name: 'Pictures' }).fill('2');
    await page.getByRole('spinbutton', { name: 'Seed' }).fill('5');
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        for (const { alt } of document.querySelectorAll('.picture img'))
          if (!seen.includes(alt)) seen.push(alt);
      }).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    await button('Paint').click();
    await page.getByText('seed 6').waitFor();
    const seen = await page.evaluate(() => window.seen as string[]);
    expect(seen.filter((alt) => alt.startsWith('a red car, step')).length).toBeGreaterThan(0);

    // One of several is drawn otherwise than one alone, and again the same.
    const painted = page.locator('.batch').filter({ hasText: 'seed 6' }).locator('.enlarge img');
    const second = await painted.nth(1).getAttribute('src');
    await button('Again with this seed').nth(1).click();
    await page.waitForFunction(() => document.querySelectorAll('.seed').length === 5);
    expect(await painted.first().getAttribute('src')).toBe(second);
  });

  it('paints a part anew: the cells that are drawn over, or chosen with the keyboard', async () => {
    await go('paint');
    await button('Paint a part of this one anew').first().click();
    const dialog = page.getByRole('dialog', { name: 'Paint a part anew' });
    const cells = dialog.getByRole('group', { name: 'Cells that are painted anew' });
    const { x, y, width, height } = (await cells.boundingBox())!;
    const over = (row: number, column: number) =>
      page.mouse.move(x + ((column + 0.5) * width) / 8, y + ((row + 0.5) * height) / 8);
    await over(0, 0);
    await page.mouse.down();
    await over(0, 1);
    await page.mouse.up();
    await dialog.getByText('2 of 64 cells are painted anew.').waitFor();
    await dialog.getByRole('button', { name: 'Row 1, column 1' }).focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Space']) await page.keyboard.press(key);
    await dialog.getByText('3 of 64 cells are painted anew.').waitFor();
    expect(await faults(page)).toEqual([]);
    await dialog.getByRole('textbox', { name: 'What shall the picture show?' }).fill('a blue car');
    await dialog.getByRole('spinbutton', { name: 'Seed' }).fill('9');
    await dialog.getByRole('button', { name: 'Paint this part' }).click();
    const edited = page.locator('.batch', { hasText: 'A part, painted anew.' });
    await edited.getByText('seed 9').waitFor();
    const { body } = (await app.inject('/v1/runs/latest')) as { body: string };
    const { request, result, stored } = JSON.parse(body);
    expect([stored, result.images[0].repainted]).toEqual([true, [0, 1, 17]]);
    const kept = (codes: number[]) => codes.filter((_, cell) => ![0, 1, 17].includes(cell));
    expect(kept(result.images[0].codes)).toEqual(kept(request.over.codes));

    // The picture that was painted over is not kept: the run cannot be done again from its record.
    await go('runs');
    const run = page.locator('.run', { hasText: 'a blue car' });
    await run.getByText('a part painted anew').waitFor();
    expect(await run.getByRole('link', { name: 'Paint again' }).count()).toBe(0);
  });

  it('says what is wrong, in the words of the server', async () => {
    await go('paint');
    await page.getByRole('textbox', { name: 'What shall be painted?' }).fill('a red car');
    await page.getByText('How it is sampled').click();
    await page.getByRole('spinbutton', { name: 'Temperature' }).fill('99');
    await page.locator('form.controls').evaluate((form) => {
      Object.assign(form, { noValidate: true });
    });
    await button('Paint').click();
    await page
      .getByRole('alert')
      .filter({ hasText: 'sampler.temperature must be a number from 0 to 10.' })
      .waitFor();
  });

  it('captions a file, judges two, and refuses what is no picture', async () => {
    await go('ask');
    await page.getByRole('radio', { name: 'A caption' }).check();
    await page.getByLabel('Picture: a file').setInputFiles(join(root, 'left.png'));
    await button('Caption').click();
    await page.locator('.said').waitFor();
    await page.getByRole('radio', { name: 'Two pictures' }).check();
    await page.getByLabel('Right picture: a file').setInputFiles(join(root, 'right.jpg'));
    await page.getByRole('textbox', { name: 'Statement' }).fill('two red dogs');
    await button('Judge').click();
    await page.getByRole('heading', { name: /^(True|False)$/ }).waitFor();
    await button('Which parts decide?').click();
    await page.locator('.rests-on .blocks').nth(1).waitFor();
    await page.getByLabel('Right picture: a file').setInputFiles(join(root, 'page.html'));
    await button('Judge').click();
    await page.getByRole('alert').filter({ hasText: 'This is an HTML page.' }).waitFor();
  });

  it('takes a picture that is pasted or dropped', async () => {
    await go('ask');
    await page.reload();
    const bytes = [...(await readFile(join(root, 'left.png')))];
    const give = (event: 'paste' | 'drop') =>
      page.evaluate(
        ([type, file]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(file)], `${type}.png`, { type: 'image/png' }));
          if (type === 'paste') dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
          else document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data }));
        },
        [event, bytes] as const,
      );
    for (const event of ['paste', 'drop'] as const) {
      await give(event);
      await page.getByRole('img', { name: `Picture: ${event}.png` }).waitFor();
    }
  });

  it('trains: a form made of the contract, a job that is followed and steered', async () => {
    await go('train');
    await button('A quick try').click();
    await page.getByText('All settings').click();
    expect(await page.getByRole('spinbutton', { name: 'Steps', exact: true }).inputValue()).toBe('24');
    expect(await page.getByRole('spinbutton', { name: 'Weight decay' }).getAttribute('placeholder')).toBe(
      '0.01',
    );
    expect(
      await page.getByRole('combobox', { name: 'Text only' }).locator('option').allTextContents(),
    ).toEqual(['false (default)', 'true']);
    await page.getByRole('combobox', { name: 'Goes on from' }).selectOption('');
    await button('Train').click();
    await page.waitForURL(/#\/train\/job_/);
    const id = /job_\w+/.exec(page.url())![0];
    await page
      .getByText('number 1 in the queue, waiting for a worker: none is running, npm run worker starts one')
      .waitFor();
    await button('Pause').click();
    await button('Resume').click();
    // A worker would have done this.
    const { prisma } = records.database;
    await prisma.jobMetric.createMany({
      data: [1, 2, 3].map((step) => ({
        ...{ jobId: id, name: 'loss', split: 'train', task: '', step, value: 3 / step },
      })),
    });
    await button('Cancel').click();
    await page.locator('.job .state', { hasText: 'cancelled' }).waitFor();
    const curve = page.getByRole('img', { name: 'loss, of late: train 1.000' });
    await curve.waitFor();
    expect(await curve.locator('canvas').count()).toBe(1);
    await page.getByText('What happened').click();
    await page.getByText('Resumed: waiting for a worker.').waitFor();
    page.once('dialog', (dialog) => void dialog.accept());
    await button('Delete').click();
    await page.waitForURL(/#\/train$/);
    await page.getByText('There is none yet.').waitFor();
  });

  it('says that a data set has faults when it is sent', async () => {
    await go('train');
    await page.getByText('Data of your own', { exact: true }).click();
    await page.getByLabel('A data set').setInputFiles({
      name: 'mine.jsonl',
      mimeType: 'application/jsonl',
      buffer: Buffer.from('{"messages": []}'),
    });
    await page.getByRole('alert').filter({ hasText: 'Line 1 cannot be used' }).waitFor();
  });

  it('lists models, and takes one out of memory and back', async () => {
    await go('models');
    const card = page.locator('.model', { has: page.getByRole('heading', { name: TINY.vqa, exact: true }) });
    await card.getByText('answers questions').waitFor();
    if (await card.getByRole('button', { name: 'Load' }).isVisible())
      await card.getByRole('button', { name: 'Load' }).click();
    await card.getByRole('button', { name: 'Unload' }).click();
    await card.getByText('not loaded').waitFor();
    await card.getByRole('button', { name: 'Load' }).click();
    await card.getByText('ready').waitFor();
  });

  it('keeps what was asked, and says how to ask it again from a program', async () => {
    await go('runs');
    await page.getByRole('combobox', { name: 'Show' }).selectOption('Painted');
    const run = page.locator('.run', { hasText: 'a red car' }).first();
    await run
      .getByRole('button', { name: /^Enlarge/ })
      .first()
      .waitFor();
    await page.evaluate(() => {
      Object.assign(window.navigator.clipboard, {
        writeText: async (text: string) => Object.assign(window, { text }),
      });
    });
    await run.getByText('Copy as').click();
    // Said for a moment alone, in which a busy machine may not look.
    const curl = (await run.getByRole('button', { name: 'curl' }).elementHandle())!;
    const copied = curl.evaluate(
      (button) =>
        new Promise<void>((resolve) => {
          new MutationObserver(() => {
            if ((button as unknown as { textContent: string }).textContent === 'Copied') resolve();
          }).observe(button, { subtree: true, childList: true, characterData: true });
        }),
    );
    await curl.click();
    await copied;
    const command = await page.evaluate(() => window.text as string);
    expect(command).toMatch(/^curl -sS --fail-with-body http:\/\/127\.0\.0\.1:\d+\/v1\/generate-image/);
    expect(command).toContain('"temperature":0.5},"seed":6');
    await run.getByRole('link', { name: 'Paint again' }).click();
    await page.waitForURL(/#\/paint\//);
    expect(await page.getByRole('spinbutton', { name: 'Seed' }).inputValue()).toBe('6');
    await page.getByText('How it is sampled').click();
    expect(await page.getByRole('spinbutton', { name: 'Temperature' }).inputValue()).toBe('0.5');
  });

  it('begins a study, and shows how far it is', async () => {
    const models = '**/v1/models?task=paint';
    let list = () => {};
    const listed = new Promise<void>((resolve) => {
      list = resolve;
    });
    await page.route(models, async (route) => {
      await listed;
      await route.continue();
    });
    await go('studies');
    await page.getByText('There is no study yet.').waitFor();
    await page.getByRole('spinbutton', { name: 'Captions' }).fill('2');
    // A study names the model that paints: nobody knows it yet.
    expect(await button('Begin the study').isDisabled()).toBe(true);
    list();
    await button('Begin the study').click();
    await page.unroute(models);
    await page.getByRole('status').filter({ hasText: '2 items' }).waitFor();
    const card = page.locator('.model', { hasText: `${TINY.paint} or original` });
    await card.getByText('open', { exact: true }).waitFor();
    await card.getByText('0 of 6 answers, 0 people').waitFor();
    await card.getByRole('button', { name: 'Results' }).click();
    await card.getByText('Nobody has answered yet.').waitFor();
    expect(await card.getByRole('link', { name: 'Take part' }).getAttribute('href')).toMatch(/^\/studies\//);

    const people = records.database.prisma.studyAnnotator;
    await page.getByRole('combobox', { name: 'What people are asked' }).selectOption('hummus');
    await page.getByRole('radio', { name: 'My own captions' }).check();
    await page.getByRole('textbox', { name: 'Captions' }).fill('a red car on a road\n\ntwo dogs in the snow');
    await button('One less').click();
    await page.getByText('More settings').click();
    await page.getByRole('spinbutton', { name: 'Invitations' }).fill('2');
    await button('Begin the study').click();
    await page.getByText('These links are told this once:').waitFor();
    expect(await page.locator('.links li').count()).toBe(2);
    expect(await people.count()).toBe(2);
    const invited = page.locator('.model', { hasText: 'By invitation.' });
    expect(await invited.getByRole('link', { name: 'Take part' }).count()).toBe(0);
    page.once('dialog', (dialog) => void dialog.accept());
    await invited.getByRole('button', { name: 'Delete' }).click();
    await invited.waitFor({ state: 'detached' });

    // What the server refuses is said.
    await page.getByRole('textbox', { name: 'Captions' }).fill('nothing to hide');
    await button('Begin the study').click();
    await page.getByRole('alert').filter({ hasText: 'No caption has a word' }).waitFor();
  });

  it('can be used with the keyboard alone', async () => {
    await page.goto(`${url}/#/paint`);
    await page.reload();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.keyboard.press('Tab');
    await page.keyboard.type('a red car');
    await page.keyboard.press('Control+Enter');
    await page
      .getByText(/^seed \d+$/)
      .first()
      .waitFor();
  });

  it.each(TABS)('%s has no fault that axe finds, in light and dark, and fits a phone', async (tab) => {
    const phone = await open({ width: 360, height: 740 });
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        await phone.emulateMedia({ colorScheme });
        await phone.goto(`${url}/#/${tab}`);
        await phone.getByRole('heading', { level: 1 }).waitFor();
        await phone.waitForLoadState('networkidle');
        expect(await faults(phone)).toEqual([]);
        const [inside, width] = await phone.evaluate(() => [
          document.documentElement.scrollWidth,
          innerWidth,
        ]);
        expect([tab, inside]).toEqual([tab, width]);
      }
    } finally {
      await phone.close();
    }
  });

  it('asks for a key where one is needed, and goes on with it', async () => {
    const at = await locked.listen({ host: '127.0.0.1', port: 0 });
    const { key } = await records.apiKeys.create('page', ['infer', 'train']);
    const opened = await open({ width: 1280, height: 900 }, at);
    await opened.goto(`${at}/#/runs`);
    const dialog = opened.getByRole('dialog', { name: 'Key of this server' });
    await dialog.getByLabel('Key', { exact: true }).fill(key);
    await dialog.getByRole('button', { name: 'Keep' }).click();
    await opened.getByText('Nothing yet.').waitFor();
    await opened.goto(`${at}/#/paint`);
    await opened.getByRole('textbox', { name: 'What shall be painted?' }).fill('a red car');
    await opened.getByRole('button', { name: 'Paint', exact: true }).click();
    await opened.getByText(/^seed \d+$/).waitFor();
    await opened.goto(`${at}/#/runs`);
    const thumb = opened.locator('.thumbs img').first();
    await thumb.waitFor();
    // The picture, too, was fetched with the key.
    await opened.waitForFunction(() => document.querySelector('.thumbs img').naturalWidth > 0);
    opened.once('dialog', (dialog) => void dialog.accept());
    await opened.getByRole('button', { name: 'Delete' }).click();
    await opened.getByText('Nothing yet.').waitFor();
    await opened.close();
  });
});

interface Violation {
  id: string;
  nodes: { html: string }[];
}
