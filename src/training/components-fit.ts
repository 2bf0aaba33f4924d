/** What several kinds check before they train: that a model to go on from has the shape that is asked for. */
import { TrainingError } from './errors.ts';
import type { Component } from './kind.ts';

const refuse = (subject: string, message: string): never => {
  throw new TrainingError('component_mismatch', `${subject} ${message}`, { subject });
};

/**
 * @param wanted field of the config → what it must be
 * @throws TrainingError component_mismatch when the weights of the base model would not fit
 */
export function refuseOtherShape(
  base: Component | undefined,
  architecture: string,
  wanted: Record<string, unknown>,
): void {
  if (!base) return;
  if (base.architecture !== architecture) {
    refuse('base_model', `${base.id} is of the architecture ${base.architecture}, not ${architecture}`);
  }
  const config = base.config as Record<string, unknown>;
  const others = Object.entries(wanted).filter(
    ([name, value]) => JSON.stringify(config[name]) !== JSON.stringify(value),
  );
  if (others.length === 0) return;
  const list = others.map(([name, value]) => `${name} ${config[name]}, not ${value}`).join('; ');
  refuse('base_model', `${base.id} has another shape than the hyperparameters ask for: ${list}`);
}
