/** `npm start`: the server, from its configuration to its last breath. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../app.ts';
import { type Config, configFlags, configHelp, readConfig, refuseOpenAddress } from '../config.ts';
import { openRecords } from '../database/open.ts';
import { UsageError } from '../errors.ts';
import { createInferenceHost } from '../inference/host-process.ts';
import { createLogger } from '../logger.ts';
import { createRemoteImages } from '../remote-images.ts';
import type { Services } from '../services.ts';
import { TASKS } from '../zoo/manifest.ts';

const HELP = `xlxmert-zoo serve [options]

Starts the REST server. Options, each with its environment variable and default:

${configHelp}
`;

/** Answers that are on their way when the grace period ends get this long to leave. */
const LAST_WORDS = 1_000;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { ...configFlags, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const config = readConfig(process.env, values);
  refuseOpenAddress(config);
  await serve(config);
}

async function serve(config: Config): Promise<void> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const logger = createLogger(config.logLevel);
  const log = (level: 'info' | 'warn', message: string) => logger[level](message);

  // Signals that come while the parts start are kept until there is something to stop.
  const asked = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);

  // The two slow parts start side by side.
  const [opening, hosting] = await Promise.allSettled([
    openRecords(config, log),
    createInferenceHost({
      checkpoints: [config.checkpointsDir, join(config.dataDir, 'checkpoints')],
      threads: config.threads,
      models: config.models,
      log,
    }),
  ]);
  const closeServices = async (grace: number) => {
    if (hosting.status === 'fulfilled') await hosting.value.close(grace);
    if (opening.status === 'fulfilled') await opening.value.close();
  };
  if (opening.status === 'rejected' || hosting.status === 'rejected') {
    await closeServices(0);
    throw opening.status === 'rejected' ? opening.reason : (hosting as PromiseRejectedResult).reason;
  }

  const services: Services = {
    records: opening.value,
    host: hosting.value,
    remoteImages: createRemoteImages({ hosts: config.imageHosts }),
  };
  const app = await buildApp(services, logger).catch(async (error) => {
    await closeServices(0);
    throw error;
  });
  try {
    await app.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: (url) =>
        `listening on ${url} after ${seconds()}; documentation and examples: ${url}/docs`,
    });
  } catch (error) {
    await app.close();
    await closeServices(0);
    throw listenFault(error, config);
  }
  void announceReady(services, logger.info.bind(logger), seconds);

  await asked;
  // A second signal is a person who does not want to wait. Postgres is adopted by the next start.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  logger.info(`stopping; running requests have ${config.shutdownGrace / 1000} s to finish`);
  await stop(app, services, config.shutdownGrace);
  await opening.value.close();
  logger.info('stopped');
  // Whatever still holds the event loop has had its time.
  process.exit(0);
}

/** Stops accepting; what runs may finish; what is left after the grace period is answered with 503. */
async function stop(app: FastifyInstance, { host }: Services, grace: number): Promise<void> {
  const closed = app.close();
  await host.close(grace);
  await Promise.race([closed, sleep(LAST_WORDS)]);
  app.server.closeAllConnections();
  await Promise.race([closed, sleep(LAST_WORDS)]);
}

async function announceReady(
  { host }: Services,
  say: (message: string) => void,
  seconds: () => string,
): Promise<void> {
  const able = TASKS.map((task) => ({ task, model: host.defaultModel(task) })).filter(({ model }) => model);
  if (able.length === 0) {
    say('no model is hosted: put checkpoints into CHECKPOINTS_DIR or DATA_DIR/checkpoints');
    return;
  }
  while (!host.ready()) await sleep(50, undefined, { ref: false });
  say(`ready after ${seconds()}: ${able.map(({ task, model }) => `${task} with ${model}`).join(', ')}`);
}

function listenFault(error: unknown, { host, port }: Config): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new UsageError(
        `Port ${port} on ${host} is taken. Stop who uses it, or set PORT (0 picks a free one).`,
      );
    case 'EACCES':
      return new UsageError(`Port ${port} needs more rights than you have. Set PORT to one above 1023.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`HOST is "${host}", which is not an address of this machine.`);
    default:
      return error;
  }
}
