// Line icons, drawn for this console.
const paths = {
  home: 'M4 11 12 4l8 7M6 10v9h12v-9M10 19v-5h4v5',
  integrations: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM16.5 13v7M13 16.5h7',
  connections: 'M9 15l6-6M8 11l-2.5 2.5a3.5 3.5 0 0 0 5 5L13 16M11 8l2.5-2.5a3.5 3.5 0 0 1 5 5L16 13',
  runs: 'M5 4v16l14-8z',
  files: 'M6 3h8l4 4v14H6zM14 3v4h4',
  worker: 'M4 4h6v6H4zM14 14h6v6h-6zM7 10v7h7M10 7h7v7',
  secrets: 'M8 11V8a4 4 0 0 1 8 0v3M5 11h14v9H5zM12 14.5v2',
  audit: 'M5 4h14v16H5zM8 9l2 2 4-4M8 16h8',
  settings: 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1',
  copy: 'M8 8h11v12H8zM5 16V4h11',
  check: 'M5 13l4 4L19 7',
  fault: 'M12 4 2.5 20h19zM12 10v4M12 17v.5',
  empty: 'M4 13l3-8h10l3 8v6H4zM4 13h5l1 3h4l1-3h5',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  moon: 'M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20',
  out: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  plus: 'M12 5v14M5 12h14',
  up: 'M12 19V6M6 11l6-6 6 6',
  down: 'M12 5v13M6 13l6 6 6-6',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  stop: 'M6 6h12v12H6z',
  back: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  undo: 'M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3',
  again: 'M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 3 : 1.8} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#0b5a75" />
      <circle cx="16" cy="16" r="8" fill="none" stroke="#fff" strokeWidth="3" />
      <path d="M2 21c6-1 8-5 14-5s8 5 14 5" fill="none" stroke="#ffc857" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}
