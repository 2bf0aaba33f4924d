/** What a kind of training is: its hyperparameters, and how it turns data into a checkpoint. */
import type { Static, TObject } from 'typebox';
import type { DatasetTask, DirectoryDataset } from '../../datasets/directory/index.ts';
import type { Engine } from '../../engines/engine.ts';
import type { HostTensors } from '../../tensor.ts';
import type { Peers, StartPeers } from './peers.ts';
import type { ProgressOutput } from './progress.ts';
import type { Run } from './run-directory.ts';

/** A checkpoint that a run builds on. */
export interface Component {
  id: string;
  /** Content hash. */
  revision: string;
  architecture: string;
  config: unknown;
  /** Tensors by file name, such as `model.safetensors`. */
  tensors: Record<string, HostTensors>;
  /** Its other files, such as `vocab.txt`. */
  texts: Record<string, string>;
  /** Role → revision of what it was itself built on. */
  builtOn: Partial<Record<Role, string>>;
}

/** What a finished run leaves in `result/`; ids, hashes and the model card are added by whoever stores it. */
export interface TrainedCheckpoint {
  architecture:
    | 'x-lxmert'
    | 'lxmert'
    | 'x-uniter'
    | 'uniter'
    | 'generator'
    | 'grid-encoder'
    | 'picture-encoder'
    | 'visual-vocabulary'
    | 'recogniser'
    | 'picture-router';
  tasks: ('paint' | 'caption' | 'vqa' | 'nlvr2')[];
  config: Record<string, unknown>;
  /** File name → tensors; floats are stored as F16. */
  tensors: Record<string, HostTensors>;
  /** Further files, such as vocab.txt. */
  texts: Record<string, string>;
  /** Roles of other checkpoints it needs at inference. */
  components: Role[];
  metrics: Record<string, number>;
}

export type Role =
  | 'grid_encoder'
  | 'visual_vocabulary'
  | 'generator'
  | 'base_model'
  /** In place of the picture encoder's stages, for the generator's loss alone. */
  | 'perceptual_network';

export interface TrainingContext {
  engine: Engine;
  run: Run;
  seed: number;
  /** Name of a scene world, or of a directory. */
  dataset: string;
  /** The data set when it is a directory; it has no faults, and what the kind reads. */
  directory?: DirectoryDataset;
  /** Cache shared by runs, in the data directory. */
  cache: string;
  /** The authors' file of codes: img_id → codes. @throws TrainingError dataset_unusable */
  readClusterIds(path: string): Promise<ReadonlyMap<string, Int32Array>>;
  signal: AbortSignal;
  output: ProgressOutput;
  components: Partial<Record<Role, Component>>;
  /** For runs of several processes: how the first one starts the others. */
  startPeers?: StartPeers;
  /** Set in the others. */
  peers?: Peers;
}

export const PRESETS = ['paper'] as const;
export type PresetName = (typeof PRESETS)[number];

export interface TrainingKind<S extends TObject = TObject> {
  name: string;
  description: string;
  /** What it reads of a directory. Left out: it is trained on scenes alone. */
  task?: DatasetTask;
  /** It reads the pictures of a directory, whatever is said of them. */
  pictures?: boolean;
  /** It sees pictures as boxes, too, where a data set has features of them. */
  boxes?: boolean;
  /** False: it is trained on directories alone. */
  scenes?: boolean;
  /** Every property has a default and a range. */
  hyperparameters: S;
  requires: Role[];
  optional: Role[];
  /** Values in place of the defaults, by name: of the paper, where it states them. `epochs` is one of them. */
  presets?: Readonly<Record<PresetName, Readonly<Record<string, unknown>>>>;
  /** What a base model decides of the hyperparameters that are not given, in place of their defaults. */
  inherits?(base: Component): Record<string, unknown>;
  /**
   * Says, before anything runs, why these cannot be trained with: what hyperparameters rule out together, and
   * components that do not fit them, each other, or the data set. Components come without their tensors.
   * @throws TrainingError
   */
  check?(
    components: Partial<Record<Role, Component>>,
    hyperparameters: Static<S>,
    directory?: DirectoryDataset,
  ): void;
  /** About how many numbers it trains: what passed `check` is told of. */
  weights?(
    components: Partial<Record<Role, Component>>,
    hyperparameters: Static<S>,
    directory?: DirectoryDataset,
  ): number;
  /** @returns undefined where what it makes is no checkpoint, and lies in the data set */
  train(context: TrainingContext, hyperparameters: Static<S>): Promise<TrainedCheckpoint | undefined>;
}

/** Keeps the type of `hyperparameters` for `train` while the registry sees a plain kind. */
export function defineKind<S extends TObject>(kind: TrainingKind<S>): TrainingKind {
  return kind as unknown as TrainingKind;
}
