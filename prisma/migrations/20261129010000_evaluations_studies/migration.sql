-- CreateTable
CREATE TABLE "evaluations" (
    "id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "key_id" TEXT,
    "task" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "revision" TEXT,
    "dataset" TEXT,
    "metrics" JSONB NOT NULL,
    "report" JSONB NOT NULL,
    "job_id" TEXT,

    CONSTRAINT "evaluations_pkey" PRIMARY KEY ("id")
);

-- CreateEnum
CREATE TYPE "study_status" AS ENUM ('preparing', 'open', 'failed');

-- CreateTable
CREATE TABLE "studies" (
    "id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "key_id" TEXT,
    "kind" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "status" "study_status" NOT NULL,
    "reason" TEXT,
    "request" JSONB NOT NULL,
    "annotators" INTEGER NOT NULL,
    "per_person" INTEGER NOT NULL,
    "invited" BOOLEAN NOT NULL,

    CONSTRAINT "studies_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "study_pictures" (
    "study_id" TEXT NOT NULL,
    "source" INTEGER NOT NULL,
    "caption" INTEGER NOT NULL,
    "content_type" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "study_pictures_pkey" PRIMARY KEY ("study_id", "source", "caption")
);

-- CreateTable
CREATE TABLE "study_items" (
    "id" TEXT NOT NULL,
    "study_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "caption" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "source" INTEGER NOT NULL,
    "word" TEXT,
    "start" INTEGER,
    "category" TEXT,

    CONSTRAINT "study_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "study_annotators" (
    "id" TEXT NOT NULL,
    "study_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "hash" BYTEA,
    "external" TEXT,

    CONSTRAINT "study_annotators_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "study_answers" (
    "item_id" TEXT NOT NULL,
    "annotator_id" TEXT NOT NULL,
    "given_at" TIMESTAMPTZ(3) NOT NULL,
    "swapped" BOOLEAN NOT NULL,
    "answered_at" TIMESTAMPTZ(3),
    "answer" TEXT,

    CONSTRAINT "study_answers_pkey" PRIMARY KEY ("item_id", "annotator_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "evaluations_job_id_key" ON "evaluations"("job_id");

-- CreateIndex
CREATE INDEX "evaluations_key_id_id_idx" ON "evaluations"("key_id", "id");

-- CreateIndex
CREATE INDEX "evaluations_model_id_idx" ON "evaluations"("model", "id");

-- CreateIndex
CREATE INDEX "studies_key_id_id_idx" ON "studies"("key_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "study_items_study_id_index_key" ON "study_items"("study_id", "index");

-- CreateIndex
CREATE UNIQUE INDEX "study_annotators_hash_key" ON "study_annotators"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "study_annotators_study_id_external_key" ON "study_annotators"("study_id", "external");

-- CreateIndex
CREATE INDEX "study_answers_annotator_id_idx" ON "study_answers"("annotator_id");

-- AddForeignKey
ALTER TABLE "study_pictures" ADD CONSTRAINT "study_pictures_study_id_fkey" FOREIGN KEY ("study_id") REFERENCES "studies"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "study_items" ADD CONSTRAINT "study_items_study_id_fkey" FOREIGN KEY ("study_id") REFERENCES "studies"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "study_annotators" ADD CONSTRAINT "study_annotators_study_id_fkey" FOREIGN KEY ("study_id") REFERENCES "studies"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "study_answers" ADD CONSTRAINT "study_answers_item_id_fkey" FOREIGN KEY ("item_id") REFERENCES "study_items"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "study_answers" ADD CONSTRAINT "study_answers_annotator_id_fkey" FOREIGN KEY ("annotator_id") REFERENCES "study_annotators"("id") ON DELETE CASCADE ON UPDATE CASCADE;
