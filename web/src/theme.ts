import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const sea: MantineColorsTuple = ['#e6f6fb', '#d3e9f1', '#a8d2e2', '#7ab9d2', '#55a5c5', '#3d98bd', '#2e91b9', '#1f7da3', '#0f6584', '#084d66'];

export const theme = createTheme({
  colors: { sea },
  primaryColor: 'sea',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  respectReducedMotion: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.6rem' }, h2: { fontSize: '1.2rem' }, h3: { fontSize: '1.02rem' } } },
  components: {
    Tooltip: { defaultProps: { openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Badge: { styles: { root: { maxWidth: 'none' } } },
    Anchor: { defaultProps: { underline: 'hover' } },
  },
});

/** Contrast of 4.5:1 and more, which Mantine's own dimmed and error colours miss. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#56606b',
    '--mantine-color-placeholder': '#656f7a',
    '--mantine-color-error': '#b3232c',
    '--mantine-color-anchor': '#0f6987',
    '--json-key': '#0b5a75',
    '--json-string': '#1c6b2f',
    '--json-number': '#8a3b00',
    '--json-atom': '#7a2fa0',
    '--page': '#f6f8f9',
  },
  dark: {
    '--mantine-color-dimmed': '#a9b2bb',
    '--mantine-color-placeholder': '#9aa4ae',
    '--mantine-color-error': '#ff9a9a',
    '--mantine-color-anchor': '#7ccbe6',
    '--json-key': '#8fd3ea',
    '--json-string': '#9ddba8',
    '--json-number': '#f3b27a',
    '--json-atom': '#d9a8f0',
    '--page': '#181a1b',
  },
});
