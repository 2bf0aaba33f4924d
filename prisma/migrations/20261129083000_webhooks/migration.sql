-- CreateTable
CREATE TABLE "webhooks" (
    "id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "key_id" TEXT,
    "url" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "events" TEXT[],
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhooks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" TEXT NOT NULL,
    "webhook_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "event" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "webhooks_key_id_id_idx" ON "webhooks"("key_id", "id");

-- CreateIndex
CREATE INDEX "webhook_deliveries_next_at_idx" ON "webhook_deliveries"("next_at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_created_at_idx" ON "webhook_deliveries"("created_at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_webhook_id_created_at_idx" ON "webhook_deliveries"("webhook_id", "created_at");

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhooks"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Runs and jobs end in many places: in a request, in a worker, in the next server when one died. A trigger is in the
-- transaction of all of them, so that no end is without its message, and no message without its end.
CREATE FUNCTION "tell_webhooks"("kind" TEXT, "owner" TEXT, "outcome" TEXT, "data" JSONB) RETURNS VOID
LANGUAGE sql AS $$
    INSERT INTO "webhook_deliveries" ("id", "webhook_id", "created_at", "event", "body", "next_at")
    SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), "id", now(), kind || '.' || outcome,
        json_build_object(
            'type', kind || '.' || outcome,
            'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'data', data)::text,
        now()
    FROM "webhooks"
    WHERE "disabled_at" IS NULL AND "key_id" IS NOT DISTINCT FROM owner AND kind || '.' || outcome = ANY ("events")
$$;

CREATE FUNCTION "tell_of_run"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_webhooks('run', NEW.key_id, NEW.status::text, jsonb_build_object(
        'object', 'run', 'id', NEW.id, 'task', NEW.task, 'status', NEW.status, 'model', NEW.model,
        'result', NEW.result,
        'error', CASE WHEN NEW.error_code IS NULL THEN NULL
            ELSE jsonb_build_object('code', NEW.error_code, 'message', NEW.error_message) END));
    RETURN NULL;
END
$$;

CREATE TRIGGER "tell_of_run" AFTER UPDATE OF "status" ON "runs" FOR EACH ROW
    -- Whoever waited for an answer has it.
    WHEN (NEW.stored AND OLD.status = 'running' AND NEW.status <> 'running')
    EXECUTE FUNCTION "tell_of_run"();

CREATE FUNCTION "tell_of_job"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_webhooks('job', NEW.key_id, NEW.status::text, jsonb_build_object(
        'object', 'train_job', 'id', NEW.id, 'kind', NEW.kind, 'status', NEW.status,
        'step', NEW.step, 'steps', NEW.steps,
        'error', CASE WHEN NEW.error_code IS NULL THEN NULL
            ELSE jsonb_build_object('code', NEW.error_code, 'message', NEW.error_message) END));
    RETURN NULL;
END
$$;

CREATE TRIGGER "tell_of_job" AFTER UPDATE OF "status" ON "jobs" FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status AND NEW.status IN ('succeeded', 'failed', 'cancelled'))
    EXECUTE FUNCTION "tell_of_job"();
