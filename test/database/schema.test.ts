import { afterAll, beforeAll, expect, it } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { createTestRecords } from './test-database.ts';

let records: Awaited<ReturnType<typeof createTestRecords>>;

beforeAll(async () => {
  records = await createTestRecords();
});
afterAll(() => records.close());

const MODELS = {
  run: ['runs', Prisma.RunScalarFieldEnum],
  runImage: ['run_images', Prisma.RunImageScalarFieldEnum],
  server: ['servers', Prisma.ServerScalarFieldEnum],
  worker: ['workers', Prisma.WorkerScalarFieldEnum],
  idempotencyKey: ['idempotency_keys', Prisma.IdempotencyKeyScalarFieldEnum],
  job: ['jobs', Prisma.JobScalarFieldEnum],
  jobEvent: ['job_events', Prisma.JobEventScalarFieldEnum],
  jobMetric: ['job_metrics', Prisma.JobMetricScalarFieldEnum],
  wantedModel: ['wanted_models', Prisma.WantedModelScalarFieldEnum],
  storedFolder: ['stored_folders', Prisma.StoredFolderScalarFieldEnum],
  rateCount: ['rate_counts', Prisma.RateCountScalarFieldEnum],
  auditEvent: ['audit_events', Prisma.AuditEventScalarFieldEnum],
  apiKey: ['api_keys', Prisma.ApiKeyScalarFieldEnum],
  webhook: ['webhooks', Prisma.WebhookScalarFieldEnum],
  webhookDelivery: ['webhook_deliveries', Prisma.WebhookDeliveryScalarFieldEnum],
  evaluation: ['evaluations', Prisma.EvaluationScalarFieldEnum],
  study: ['studies', Prisma.StudyScalarFieldEnum],
  studyPicture: ['study_pictures', Prisma.StudyPictureScalarFieldEnum],
  studyItem: ['study_items', Prisma.StudyItemScalarFieldEnum],
  studyAnnotator: ['study_annotators', Prisma.StudyAnnotatorScalarFieldEnum],
  studyAnswer: ['study_answers', Prisma.StudyAnswerScalarFieldEnum],
} as const;

it('covers every model of the schema', () => {
  expect(Object.keys(MODELS).sort()).toEqual(
    Object.keys(Prisma.ModelName)
      .map((name) => name[0]!.toLowerCase() + name.slice(1))
      .sort(),
  );
});

it.each(Object.entries(MODELS))(
  'the migrations and the Prisma schema agree on %s',
  async (model, [table, fields]) => {
    const { prisma, pool } = records.database;
    // Selects every column that the schema knows: fails when the migrations lack one.
    await (prisma as unknown as Record<string, { findMany(): Promise<unknown[]> }>)[model]!.findMany();
    const { rows } = await pool.query(
      "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
      [table],
    );
    expect(rows).toHaveLength(Object.keys(fields).length);
  },
);
