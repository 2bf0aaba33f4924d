/** Line drawings of 24 by 24, beside words that say the same. */
const PATHS = {
  paint:
    'M12 3a9 9 0 1 0 0 18c1.7 0 2-1.2 1.4-2.2-.7-1.2.1-2.8 1.6-2.8H18a3 3 0 0 0 3-3c0-5.5-4-10-9-10ZM7.5 11h.01M10 7.5h.01M14.5 7.5h.01M17 11h.01',
  ask: 'M21 12a8 8 0 0 1-11.7 7.1L4 20.5l1.4-4.6A8 8 0 1 1 21 12ZM9.8 9.8a2.3 2.3 0 1 1 3.3 2.1c-.7.4-1.1.8-1.1 1.6M12 16h.01',
  train: 'M3 20h18M4 16l5-6 4 3 7-9M15 4h5v5',
  models: 'M12 3l8 4.5v9L12 21l-8-4.5v-9L12 3ZM4 7.5l8 4.5 8-4.5M12 12v9',
  runs: 'M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z',
  studies: 'M5 20V10M12 20V4M19 20v-7',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z',
  upload: 'M12 16V4M7 9l5-5 5 5M4 20h16',
} as const;
export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
