-- CreateEnum
CREATE TYPE "run_status" AS ENUM ('running', 'succeeded', 'failed', 'cancelled');

-- CreateTable
CREATE TABLE "runs" (
    "id" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "status" "run_status" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "request_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "revision" TEXT,
    "engine" TEXT,
    "request" JSONB NOT NULL,
    "result" JSONB,
    "queue_ms" DOUBLE PRECISION,
    "compute_ms" DOUBLE PRECISION,
    "error_code" TEXT,
    "error_message" TEXT,
    "stored" BOOLEAN NOT NULL,
    "server_id" TEXT NOT NULL,

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_images" (
    "run_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "content_type" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "run_images_pkey" PRIMARY KEY ("run_id","index")
);

-- CreateTable
CREATE TABLE "servers" (
    "id" TEXT NOT NULL,
    "machine" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "servers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "server_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "answered_at" TIMESTAMPTZ(3),
    "status" INTEGER,
    "headers" JSONB,
    "body" BYTEA,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "runs_status_server_id_idx" ON "runs"("status", "server_id");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "run_images" ADD CONSTRAINT "run_images_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Pictures are compressed already: keep Postgres from trying again.
ALTER TABLE "run_images" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
ALTER TABLE "idempotency_keys" ALTER COLUMN "body" SET STORAGE EXTERNAL;
