-- Of the machine that trains it; a version that knows nothing of it needs nothing.
ALTER TABLE "jobs" ADD COLUMN "needs" JSONB NOT NULL DEFAULT '{}';
