import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Only for Prisma's own command line; the server passes its connection to the client.
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://not-set' },
});
