/** Read by Prisma's own command line alone, which is not installed with the project: see `npm run prisma:generate`. */
export default {
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // The server passes its connection to the client.
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://not-set' },
};
