import { expect, it } from 'vitest';
import { needsOf, queueOf, satisfies, waitingFor } from '../../src/jobs/needs.ts';
import { vqa } from '../../src/training/finetuning/vqa.ts';
import { pretrain } from '../../src/training/pretraining/kind.ts';
import { resolveHyperparameters } from '../../src/training/run/hyperparameters.ts';
import { trainingMemory } from '../../src/training/run/memory.ts';
import type { Component } from '../../src/training/run/training-kind.ts';
import { LXMERT } from '../inference/tiny-zoo.ts';

it('a queue is of its needs, whatever their order, and says what they are', () => {
  expect(queueOf({ labels: [], memoryMb: 0 })).toBe('train-jobs');
  expect(queueOf({ labels: ['b', 'a', 'b'], memoryMb: 0 })).toBe(
    queueOf({ labels: ['a', 'b'], memoryMb: 0 }),
  );
  expect(needsOf('train-jobs')).toEqual({ labels: [], memoryMb: 0 });
  expect(needsOf(queueOf({ labels: ['gpu'], memoryMb: 1000 }))).toEqual({ labels: ['gpu'], memoryMb: 1024 });
  expect(needsOf('something')).toBeUndefined();
});

it('a worker does what it has all of', () => {
  const worker = { labels: ['cpu', 'fast'], memoryMb: 8192 };
  expect(satisfies(worker, { labels: [], memoryMb: 8192 })).toBe(true);
  expect(satisfies(worker, { labels: ['fast', 'cpu'], memoryMb: 0 })).toBe(true);
  expect(satisfies(worker, { labels: ['gpu'], memoryMb: 0 })).toBe(false);
  expect(satisfies(worker, { labels: [], memoryMb: 8193 })).toBe(false);
});

it('a waiting job says for what', () => {
  const needs = { labels: ['gpu'], memoryMb: 9000 };
  expect(waitingFor(needs, [])).toMatch(
    /^a worker with the label gpu and 9000 MB of memory: none is running/,
  );
  const small = { labels: ['cpu'], memoryMb: 4096 };
  expect(waitingFor(needs, [small, small])).toMatch(/: those that are running have cpu, 4096 MB$/);
  expect(waitingFor(needs, [small, { labels: ['cuda', 'gpu'], memoryMb: 16_000 }])).toBe('its turn');
});

const component = (config: unknown) => ({ config }) as Component;

it('a job of the published size wants about what such a one took', () => {
  const { epochs: _, ...paper } = pretrain.presets!.paper;
  const published = resolveHyperparameters(pretrain, paper);
  const weights = pretrain.weights!(
    { visual_vocabulary: component({ feature_width: 2048 }) },
    published,
    {} as never,
  );
  // docs/training.md: 211 million, 6.7 GiB.
  expect(weights / 1e6).toBeGreaterThan(195);
  expect(weights / 1e6).toBeLessThan(225);
  expect(trainingMemory(weights) / 1024).toBeGreaterThan(6.2);
  expect(trainingMemory(weights) / 1024).toBeLessThan(7.5);
  const tiny = vqa.weights!({ base_model: component(LXMERT) }, {});
  expect(trainingMemory(tiny)).toBeLessThan(600);
});
