/** The data sets that jobs can be trained on. */

import { DEFAULT_WORLD, WORLD_NAMES } from '../datasets/scenes/index.ts';
import { worldPreset } from '../datasets/scenes/presets.ts';
import { CodedError } from '../errors.ts';

export interface Dataset {
  id: string;
  type: 'scenes';
  description: string;
  parameters: Record<string, unknown>;
  faults: string[];
}

/** Short for the first world. */
export const SCENES = 'scenes';

export function listDatasets(): Dataset[] {
  return WORLD_NAMES.map((id) => {
    const { styles, lattice, flips, classes, colours, backgrounds, heldOutShare } = worldPreset(id);
    return {
      id,
      type: 'scenes',
      description:
        'Scenes composed as they are needed, with captions, questions, statements and labels that follow from them.' +
        (id === DEFAULT_WORLD ? ` "${SCENES}" is short for it.` : ''),
      parameters: {
        styles: [...styles],
        lattice,
        flips,
        classes: [...classes],
        colours: [...colours],
        backgrounds: [...backgrounds],
        held_out_share: heldOutShare,
      },
      faults: [],
    };
  });
}

/** @returns the name by which training knows it @throws CodedError dataset_unusable */
export function resolveDataset(id: string): string {
  if (id === SCENES) return DEFAULT_WORLD;
  if (WORLD_NAMES.includes(id)) return id;
  throw new CodedError(
    'dataset_unusable',
    `There is no data set "${id}". Choose one of ${[SCENES, ...WORLD_NAMES].join(', ')}.`,
    { param: '/dataset' },
  );
}
