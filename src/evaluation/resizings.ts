/** How a picture becomes as large as Inception takes it: as one or the other program that people use does. */
export const RESIZINGS = ['pytorch-fid', 'torch-fidelity'] as const;
export type Resizing = (typeof RESIZINGS)[number];
