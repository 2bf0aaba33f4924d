-- CreateTable
CREATE TABLE "audit_events" (
    "id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "key_id" TEXT,
    "request_id" TEXT,
    "method" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "object_id" TEXT,
    "made_id" TEXT,
    "status" INTEGER,
    "error_code" TEXT,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_events_key_id_id_idx" ON "audit_events"("key_id", "id");

-- CreateIndex
CREATE INDEX "audit_events_object_id_id_idx" ON "audit_events"("object_id", "id");
