import type Type from 'typebox';
import type { InferenceHost, ModelStatus } from '../../inference/host.ts';
import { TASKS } from '../../zoo/manifest.ts';
import type { Model } from './schema.ts';

export function showModel(host: InferenceHost, status: ModelStatus): Type.Static<typeof Model> {
  const { manifest } = status;
  return {
    id: status.id,
    object: 'model',
    created: manifest === undefined ? 0 : Math.floor(Date.parse(manifest.created) / 1000),
    owned_by: 'xlxmert-zoo',
    name: manifest?.name ?? null,
    default: TASKS.some((task) => status.id === host.defaultModel(task)),
    default_for: TASKS.filter((task) => status.id === host.defaultModel(task)),
    tasks: status.tasks,
    architecture: status.architecture ?? null,
    parameters: status.parameters ?? null,
    revision: status.revision ?? null,
    state: status.state,
    sampler: status.sampler ?? null,
    reason: status.reason ?? null,
    memory_bytes: status.memoryBytes ?? null,
    components: manifest?.components ?? {},
    metrics: manifest?.metrics ?? {},
    data: manifest?.data ?? null,
    trained_by: manifest?.trained_by ?? null,
    licence: manifest?.licence ?? null,
  };
}
