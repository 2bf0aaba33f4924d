-- What a request with an Idempotency-Key has made, should nobody be told: it is not made twice.
ALTER TABLE "idempotency_keys" ADD COLUMN "made_id" TEXT;
