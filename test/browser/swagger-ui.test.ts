/**
 * Swagger UI in a real browser: every task is tried with an uploaded file, as a person would. Needs Debian's Chromium
 * (apt-get install chromium), or one named by CHROMIUM; skipped where there is none.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const found = existsSync(CHROMIUM);
if (!found) console.warn(`skipped: there is no ${CHROMIUM}; install it with "apt-get install chromium"`);

describe.skipIf(!found)('Swagger UI', () => {
  let root: string;
  let host: InferenceHost;
  let records: Awaited<ReturnType<typeof createTestRecords>>;
  let app: FastifyInstance;
  let queue: JobQueue;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'browser-'));
    await writeTinyTasks(join(root, 'zoo'));
    await writeFile(join(root, 'left.png'), await picture(60, 40).png().toBuffer());
    await writeFile(join(root, 'right.jpg'), await picture(30, 30).jpeg().toBuffer());
    await writeFile(join(root, 'page.html'), '<!doctype html>');
    records = await createTestRecords();
    host = await createInferenceHost({ checkpoints: [join(root, 'zoo')], threads: 1 });
    queue = await openQueue(records.connection, 'sender', () => {});
    const jobs = createTrainJobs(records.database, queue);
    // The example builds on the demo zoo.
    const checkpointsDir = fileURLToPath(new URL('../../checkpoints', import.meta.url));
    app = await buildApp({ records, host, training: { jobs, kinds: KINDS, dataDir: root, checkpointsDir } });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    while (!host.ready()) await new Promise((resolve) => setTimeout(resolve, 20));
    await page.goto(`${url}/docs`);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await host?.close(0);
    await queue?.close();
    await records?.close();
    await rm(root, { recursive: true });
  });

  /** The section of a path, opened and ready to be filled in. */
  async function open(path: string): Promise<Locator> {
    const section = page.locator('.opblock-post', { has: page.locator(`[data-path="${path}"]`) });
    const body = section.locator('.opblock-body');
    if (!(await body.isVisible())) await section.locator('.opblock-summary-control').first().click();
    const tryOut = section.getByRole('button', { name: 'Try it out' });
    if (await tryOut.isVisible()) await tryOut.click();
    return section;
  }

  /** Presses Execute; the status and the body that the page shows. */
  async function execute(section: Locator): Promise<{ status: string; body: string }> {
    // An answer before this one would be shown until this one is there.
    const clear = section.getByRole('button', { name: 'Clear' });
    if (await clear.isVisible()) await clear.click();
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await section.getByRole('button', { name: 'Execute' }).click();
    await answered;
    const live = section.locator('.live-responses-table .response').first();
    await live.waitFor();
    const status = ((await live.locator('.response-col_status').textContent()) ?? '').trim();
    return { status, body: (await live.locator('.response-col_description').textContent()) ?? '' };
  }

  const row = (section: Locator, name: string) => section.locator(`tr[data-property-name="${name}"]`);
  const upload = (section: Locator, name: string, file: string) =>
    row(section, name).locator('input[type="file"]').setInputFiles(join(root, file));
  const fill = (section: Locator, name: string, text: string) =>
    row(section, name).locator('input[type="text"]').fill(text);

  it('paints with the example as it is', async () => {
    const section = await open('/v1/generate-image');
    const { status, body } = await execute(section);
    expect([status, body]).toEqual(['200', expect.stringContaining(`"model": "${TINY.paint}"`)]);
    // What comes as base64 is shown as well.
    const shown = section.locator('.live-responses-table .pictures img');
    await shown.waitFor();
    expect(await shown.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
    expect(await page.title()).toContain('xlxmert-zoo');
  });

  it('shows answers as the example of what is answered', async () => {
    const section = await open('/v1/vqa');
    const example = section.locator('.responses-table .response[data-code="200"] .example');
    await example.getByText('"red"').first().waitFor();
  });

  it('shows a picture as a picture', async () => {
    const section = await open('/v1/generate-image/file');
    const { status } = await execute(section);
    expect(status).toBe('200');
    const shown = section.locator('.live-responses-table img');
    await shown.waitFor();
    expect(
      await shown.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
    ).toBeGreaterThan(0);
  });

  it('captions an uploaded file with everything else left as it is', async () => {
    const section = await open('/v1/caption/upload');
    await upload(section, 'image', 'left.png');
    const { status, body } = await execute(section);
    expect([status, body]).toEqual(['200', expect.stringContaining(`"model": "${TINY.caption}"`)]);
    expect(body).toContain('"captions"');
  });

  it('answers a question about an uploaded file', async () => {
    const section = await open('/v1/vqa/upload');
    await upload(section, 'image', 'right.jpg');
    await fill(section, 'question', 'what is on the grass');
    const { status, body } = await execute(section);
    expect([status, body]).toEqual(['200', expect.stringContaining(`"model": "${TINY.vqa}"`)]);
    expect(ANSWERS.some((answer) => body.includes(`"answer": "${answer}"`))).toBe(true);
  });

  it('judges a statement about two uploaded files', async () => {
    const section = await open('/v1/nlvr2/upload');
    const images = row(section, 'images');
    while ((await images.locator('input[type="file"]').count()) < 2) {
      await images.getByRole('button', { name: /add/i }).click();
    }
    await images.locator('input[type="file"]').nth(0).setInputFiles(join(root, 'left.png'));
    await images.locator('input[type="file"]').nth(1).setInputFiles(join(root, 'right.jpg'));
    await fill(section, 'statement', 'two red dogs');
    const { status, body } = await execute(section);
    expect([status, body]).toEqual(['200', expect.stringMatching(/"label": (true|false)/)]);
  });

  it('says what is wrong with a file that is no image', async () => {
    const section = await open('/v1/vqa/upload');
    await upload(section, 'image', 'page.html');
    await fill(section, 'question', 'what is it');
    const { status, body } = await execute(section);
    expect([status.slice(0, 3), body]).toEqual(['415', expect.stringContaining('image_not_supported')]);
  });

  it('answers the JSON example, too', async () => {
    const section = await open('/v1/vqa');
    const { status, body } = await execute(section);
    expect([status, body]).toEqual(['200', expect.stringContaining('"answers"')]);
  });

  it('submits a training job with the example as it is, and cancels it by its id alone', async () => {
    const submitted = await execute(await open('/v1/train-jobs'));
    expect([submitted.status, submitted.body]).toEqual([
      '201',
      expect.stringContaining('"status": "queued"'),
    ]);
    const section = await open('/v1/train-jobs/{id}/cancel');
    const id = section.locator('tr[data-param-name="id"] input');
    expect(await id.inputValue()).toBe('');
    await id.fill(/job_\w+/.exec(submitted.body)![0]);
    const { status, body } = await execute(section);
    expect([status, body]).toEqual(['200', expect.stringContaining('"status": "cancelled"')]);
  });

  it('had nothing to complain about', () => {
    expect(complaints).toEqual([]);
  });
});
