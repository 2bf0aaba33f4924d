-- Which models an operator wants in memory, on every server.
CREATE TABLE "wanted_models" (
    "id" TEXT NOT NULL,
    "loaded" BOOLEAN NOT NULL,
    "changed_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "wanted_models_pkey" PRIMARY KEY ("id")
);

-- Requests of an API key in the current minute, whichever server they came to. A crash may forget them.
CREATE UNLOGGED TABLE "rate_counts" (
    "key_id" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "rate_counts_pkey" PRIMARY KEY ("key_id")
);
