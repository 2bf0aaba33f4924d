/** What the authors' models are measured at, and how PyTorch runs them. */
export const PEER_TASKS = ['paint', 'vqa', 'nlvr2', 'train', 'train-demo'] as const;
export type PeerTask = (typeof PEER_TASKS)[number];
export const PEER_VARIANTS = ['eager', 'eager bf16', 'compiled', 'compiled bf16'] as const;
