-- Null: as the server has it, or without a limit.
ALTER TABLE "api_keys" ADD COLUMN "requests_per_minute" INTEGER;
ALTER TABLE "api_keys" ADD COLUMN "images_per_day" INTEGER;
ALTER TABLE "api_keys" ADD COLUMN "waiting_jobs" INTEGER;
