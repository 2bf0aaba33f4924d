/**
 * What several kinds check before they train: that the components fit each other, and that a model to go on from has
 * the shape that the hyperparameters ask for.
 */
import { TrainingError } from './errors.ts';
import type { Component } from './kind.ts';

const refuse = (subject: string, message: string): never => {
  throw new TrainingError('component_mismatch', `${subject} ${message}`, { subject });
};

/** @throws TrainingError component_mismatch unless the codes are those of the encoder's features */
export function refuseForeignCodes(vocabulary: Component, encoder: Component): void {
  const width = (encoder.config as { channels?: number[] }).channels?.[3];
  const { feature_width } = vocabulary.config as { feature_width?: number };
  if (width === feature_width) return;
  refuse(
    'visual_vocabulary',
    `${vocabulary.id} is of features of ${feature_width} numbers, those of ${encoder.id} have ${width}`,
  );
}

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
