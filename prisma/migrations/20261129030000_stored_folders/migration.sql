-- What lies in the store (STORE_URL): folders by name, and which object every file of them is.
CREATE TABLE "stored_folders" (
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "files" JSONB NOT NULL,
    "step" INTEGER NOT NULL DEFAULT 0,
    "stored_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stored_folders_pkey" PRIMARY KEY ("name")
);
