import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describe, expect, it } from 'vitest';
import { configFlags, configHelp, isLoopback, readConfig, refuseOpenAddress } from '../src/config.ts';
import { UsageError } from '../src/errors.ts';

const faults = (env: Record<string, string>) => {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('nothing was wrong');
};

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      dataDir: resolve('data'),
      checkpointsDir: resolve('checkpoints'),
      databaseUrl: undefined,
      device: 'auto',
      engine: 'auto',
      threads: availableParallelism(),
      models: undefined,
      imageHosts: [],
      logLevel: 'info',
      shutdownGrace: 10_000,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ PORT: '', MODELS: ' ' })).toEqual(readConfig({}));
  });

  it('lets a flag win over the variable of the same name', () => {
    const { values } = parseArgs({ args: ['--port', '0', '--data-dir', '/x'], options: configFlags });
    expect(readConfig({ PORT: '1', DATA_DIR: '/y', THREADS: '3' }, values)).toMatchObject({
      port: 0,
      dataDir: '/x',
      threads: 3,
    });
  });

  it('reads lists and fractions of seconds', () => {
    expect(readConfig({ MODELS: 'a, b,', SHUTDOWN_GRACE: '0.5' })).toMatchObject({
      models: ['a', 'b'],
      shutdownGrace: 500,
    });
  });

  it('takes names of hosts, and nothing else, for IMAGE_HOSTS', () => {
    const { imageHosts } = readConfig({ IMAGE_HOSTS: 'Pictures.example, localhost,a-1.b2.example' });
    expect(imageHosts).toEqual(['pictures.example', 'localhost', 'a-1.b2.example']);
    for (const bad of [
      'http://a.example',
      'a.example:80',
      'a.example/x',
      '10.0.0.1',
      '*.example',
      '::1',
      '-a',
    ]) {
      expect([bad, faults({ IMAGE_HOSTS: bad })]).toEqual([bad, expect.stringContaining('IMAGE_HOSTS')]);
    }
  });

  it('names every bad value and the good ones', () => {
    const message = faults({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      ENGINE: 'torch',
      THREADS: '-1',
      SHUTDOWN_GRACE: 'x',
    });
    for (const part of ['PORT is "70000"', 'debug', 'onnxruntime', 'THREADS', 'SHUTDOWN_GRACE']) {
      expect(message).toContain(part);
    }
  });

  it('does not repeat a DATABASE_URL, which may hold a password', () => {
    expect(faults({ DATABASE_URL: 'mysql://me:secret@db' })).not.toContain('secret');
  });

  it('documents every flag', () => {
    for (const flag of Object.keys(configFlags)) expect(configHelp).toContain(`--${flag} `);
  });
});

describe('an address that others can reach', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1', '[::1]'])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '192.168.1.2', '127.0.0.1.example.com', 'example.com'])(
    'is %s, and refused',
    (host) => {
      expect(() => refuseOpenAddress(readConfig({ HOST: host }))).toThrow(UsageError);
    },
  );
});
