-- Looked for every few seconds; there are as many as requests in flight.
CREATE INDEX "idempotency_keys_unanswered_idx" ON "idempotency_keys"("server_id") WHERE "answered_at" IS NULL;
