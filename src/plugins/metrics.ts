/** Prometheus metrics. One registry per application, so that two in one process (tests) do not collide. */
import fp from 'fastify-plugin';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Services } from '../services.ts';

export interface Metrics {
  readonly registry: Registry;
  /** Milliseconds in, as everywhere; exposed in seconds, as Prometheus wants. */
  observeRun(task: string, model: string, queueMs: number, computeMs: number): void;
}

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6];

export const metrics = fp<{ services: Services }>(async (app, { services }) => {
  const { host } = services;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the first byte of a request to the last byte of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const queue = new Histogram({
    name: 'xlxmert_queue_seconds',
    help: 'From acceptance to the start of the computation.',
    labelNames: ['task', 'model'],
    buckets: SECONDS,
    registers,
  });
  const compute = new Histogram({
    name: 'xlxmert_compute_seconds',
    help: 'From the start of the computation to the finished files.',
    labelNames: ['task', 'model'],
    buckets: SECONDS,
    registers,
  });
  /** Per size: the count of the child's that was already observed. A new child counts from 0. */
  const seen = new Map<string, number>();
  new Histogram({
    name: 'xlxmert_batch_size',
    help: 'Rows (images, texts, questions) per model run.',
    buckets: [1, 2, 4, 8, 16, 32],
    registers,
    collect() {
      const sizes = host.stats().batchSizes;
      for (const size of new Set([...Object.keys(sizes), ...seen.keys()])) {
        const count = sizes[Number(size)] ?? 0;
        const before = seen.get(size) ?? 0;
        for (let i = count < before ? 0 : before; i < count; i++) this.observe(Number(size));
        seen.set(size, count);
      }
    },
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge(
    'xlxmert_queued_images',
    'Images, captions, questions and statements that wait.',
    () => host.stats().queuedWorks,
  );
  gauge('xlxmert_queue_limit', 'Most that may wait.', () => host.stats().queueLimit);
  gauge('xlxmert_active_images', 'Those that are being worked on.', () => host.stats().activeWorks);
  gauge('xlxmert_pending_requests', 'Requests that have not ended.', () => host.stats().pendingRequests);
  gauge('xlxmert_ready', '1 when there is a model that serves requests, or that the next one loads.', () =>
    Number(host.ready()),
  );
  new Gauge({
    name: 'xlxmert_resident_memory_bytes',
    help: 'Resident memory of each process.',
    labelNames: ['process'],
    registers,
    collect() {
      this.set({ process: 'server' }, process.memoryUsage.rss());
      this.set({ process: 'inference' }, host.stats().childResidentBytes ?? 0);
    },
  });
  trainJobGauges(services, registers);
  const pictures = { encoded: 0, cached: 0 };
  new Counter({
    name: 'xlxmert_pictures_total',
    help: 'Uploaded pictures: decoded and encoded, or met again in the cache.',
    labelNames: ['from'],
    registers,
    collect() {
      const { picturesEncoded: encoded, picturesCached: cached } = host.stats();
      this.inc({ from: 'file' }, Math.max(0, encoded - pictures.encoded));
      this.inc({ from: 'cache' }, Math.max(0, cached - pictures.cached));
      Object.assign(pictures, { encoded, cached });
    },
  });
  const stages: Record<string, number> = {};
  new Counter({
    name: 'xlxmert_stage_seconds_total',
    help: 'Where the time of inference goes: decode and encode (of uploaded pictures), text, step, generator and file (of painting), picture and words (of captions), answer, verify.',
    labelNames: ['stage'],
    registers,
    collect() {
      for (const [stage, ms] of Object.entries(host.stats().stageMs)) {
        this.inc({ stage }, Math.max(0, ms - (stages[stage] ?? 0)) / 1000);
        stages[stage] = ms;
      }
    },
  });
  workerMetrics(host, registers);
  let restarts = 0;
  new Counter({
    name: 'xlxmert_inference_restarts_total',
    help: 'How often the inference process was replaced.',
    registers,
    collect() {
      const now = host.stats().restarts;
      this.inc(Math.max(0, now - restarts));
      restarts = now;
    },
  });

  app.addHook('onResponse', async (request, reply) => {
    // The pattern and not the address: ids would make a series each.
    const route = request.routeOptions.url ?? 'none';
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  app.decorate('metrics', {
    registry,
    observeRun(task, model, queueMs, computeMs) {
      queue.observe({ task, model }, queueMs / 1000);
      compute.observe({ task, model }, computeMs / 1000);
    },
  });
});

/** Of a server whose models run in inference workers; others have none of them. */
function workerMetrics(host: Services['host'], registers: Registry[]): void {
  new Gauge({
    name: 'xlxmert_inference_workers',
    help: 'Inference workers that this server reaches: those that serve, those that do not yet, and those of another version.',
    labelNames: ['state'],
    registers,
    collect() {
      const { workers } = host.stats();
      if (workers === undefined) return;
      const { live, ready, otherVersion } = workers;
      this.set({ state: 'ready' }, ready);
      this.set({ state: 'starting' }, live - ready);
      this.set({ state: 'other-version' }, otherVersion);
    },
  });
  let retries = 0;
  new Counter({
    name: 'xlxmert_inference_retries_total',
    help: 'Requests that were tried on another inference worker, as theirs was lost.',
    registers,
    collect() {
      const now = host.stats().workers?.retries ?? 0;
      this.inc(now - retries);
      retries = now;
    },
  });
}

/** Read from the database when they are asked for; without it they are left out. */
function trainJobGauges({ records }: Services, registers: Registry[]): void {
  new Gauge({
    name: 'xlxmert_train_jobs',
    help: 'Training jobs by status.',
    labelNames: ['status'],
    registers,
    async collect() {
      this.reset();
      const groups = await records.database.prisma.job
        .groupBy({ by: ['status'], _count: true })
        .catch(() => []);
      for (const { status, _count } of groups) this.set({ status }, _count);
    },
  });
  new Gauge({
    name: 'xlxmert_queued_train_jobs',
    help: 'Training jobs that wait, by the labels (by commas) and the memory that their worker must have.',
    labelNames: ['labels', 'memory_mb'],
    registers,
    async collect() {
      this.reset();
      const groups = await records.database.prisma.job
        .groupBy({ by: ['needs'], where: { status: 'queued' }, _count: true })
        .catch(() => []);
      for (const { needs, _count } of groups) {
        const { labels = [], memory_mb = 0 } = needs as { labels?: string[]; memory_mb?: number };
        this.inc({ labels: [...labels].sort().join(), memory_mb }, _count);
      }
    },
  });
  new Gauge({
    name: 'xlxmert_train_job_step',
    help: 'Steps done by the jobs that run.',
    labelNames: ['job', 'kind'],
    registers,
    async collect() {
      this.reset();
      const running = await records.database.prisma.job
        .findMany({ where: { status: 'running' }, select: { id: true, kind: true, step: true } })
        .catch(() => []);
      for (const { id, kind, step } of running) this.set({ job: id, kind }, step);
    },
  });
}
