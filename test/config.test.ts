import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
      adminKey: undefined,
      storeUrl: undefined,
      cacheBytes: 4096 * 2 ** 20,
      enginesDir: resolve('engines'),
      engine: { engine: 'onnxruntime', device: 'cpu', precision: 'auto' },
      engineIsOurChoice: true,
      threads: availableParallelism(),
      inference: 'local',
      workerAddress: undefined,
      workerLabels: [],
      workerMemoryMb: undefined,
      workers: 1,
      trainThreads: Math.max(1, Math.floor(availableParallelism() / 2)),
      rateLimit: 600,
      allowedHosts: [],
      corsOrigins: [],
      trustProxy: undefined,
      models: undefined,
      imageHosts: [],
      webhookHosts: [],
      logLevel: 'info',
      logRequests: 60,
      keep: { days: 30, runs: 100_000, imageBytes: 2 ** 30, answerBytes: 2 ** 28 },
      keepJobs: { days: 30, stateBytes: 10 * 2 ** 30 },
      shutdownGrace: 10_000,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ PORT: '', MODELS: ' ' })).toEqual(readConfig({}));
  });

  it('lets a flag win over the variable of the same name', () => {
    const values = { port: '0', 'data-dir': '/x' };
    expect(configFlags).toEqual(expect.arrayContaining(Object.keys(values)));
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

  it('takes names and addresses for ALLOWED_HOSTS, and origins for CORS_ORIGINS', () => {
    const config = readConfig({
      ALLOWED_HOSTS: 'Zoo.lan, 10.0.0.7,[2001:db8::1], my_container',
      CORS_ORIGINS: 'https://App.example.org, http://localhost:8080',
    });
    expect(config.allowedHosts).toEqual(['zoo.lan', '10.0.0.7', '2001:db8::1', 'my_container']);
    expect(config.corsOrigins).toEqual(['https://app.example.org', 'http://localhost:8080']);
    for (const bad of ['http://a.example', 'a.example:80', 'a/x', '*', '*.example', 'a b']) {
      expect([bad, faults({ ALLOWED_HOSTS: bad })]).toEqual([bad, expect.any(String)]);
    }
    for (const bad of [
      'app.example.org',
      'https://a.example/',
      'https://a.example/x',
      'ftp://a.example',
      'null',
    ]) {
      expect([bad, faults({ CORS_ORIGINS: bad })]).toEqual([bad, expect.any(String)]);
    }
  });

  it('opens a server to every page only where keys are needed', () => {
    expect(faults({ CORS_ORIGINS: '*' })).toContain('CORS_ORIGINS');
    expect(readConfig({ CORS_ORIGINS: '*', HOST: '0.0.0.0' }).corsOrigins).toEqual(['*']);
  });

  it('takes addresses, a number or true for TRUST_PROXY', () => {
    const trusted = (TRUST_PROXY: string) => readConfig({ TRUST_PROXY }).trustProxy;
    expect(['true', 'false', '0', '2'].map(trusted)).toEqual([true, undefined, undefined, 2]);
    expect(trusted('loopback,10.0.0.0/8 , ::1')).toBe('loopback, 10.0.0.0/8, ::1');
    for (const bad of ['yes', 'proxy.example', '10.0.0.0/40', '-1']) {
      expect([bad, faults({ TRUST_PROXY: bad })]).toEqual([bad, expect.stringContaining('TRUST_PROXY')]);
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

  it('reads secrets from files, those of libraries into the environment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const env: NodeJS.ProcessEnv = {
      ADMIN_KEY_FILE: file('admin', `${'k'.repeat(32)}\n`),
      AWS_SECRET_ACCESS_KEY_FILE: file('aws', 'secret\n'),
      ...{ AWS_ACCESS_KEY_ID: 'own', AWS_ACCESS_KEY_ID_FILE: file('id', 'other') },
    };
    expect(readConfig(env).adminKey).toBe('k'.repeat(32));
    expect(env).toMatchObject({ AWS_SECRET_ACCESS_KEY: 'secret', AWS_ACCESS_KEY_ID: 'own' });
    expect(faults({ AWS_SESSION_TOKEN_FILE: join(folder, 'none') })).toMatch(
      /AWS_SESSION_TOKEN_FILE is ".*none", which cannot be read \(ENOENT\)/,
    );
    rmSync(folder, { recursive: true });
  });

  it('documents every flag', () => {
    for (const flag of configFlags) expect(configHelp).toContain(`--${flag} `);
  });
});

describe('an address that others can reach', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1', '[::1]', '::ffff:127.0.0.1'])(
    'is not %s',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );
  it.each(['0.0.0.0', '::', '192.168.1.2', '::ffff:10.0.0.1', '127.0.0.1.example.com', 'example.com'])(
    'is %s, and refused until there is a key',
    (host) => {
      const config = readConfig({ HOST: host });
      expect(() => refuseOpenAddress(config, 0)).toThrow(UsageError);
      refuseOpenAddress(config, 1);
    },
  );
});
