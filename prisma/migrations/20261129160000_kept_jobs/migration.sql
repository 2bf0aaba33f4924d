-- When what an ended job kept for a while was taken away.
ALTER TABLE "jobs" ADD COLUMN "pruned_at" TIMESTAMPTZ(3);
