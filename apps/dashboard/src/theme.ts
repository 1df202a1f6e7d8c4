import { createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  headings: { fontFamily: 'inherit' },
  autoContrast: true,
  components: {
    // A title in the alert's own hue falls short of 4.5:1 on its ground.
    TableScrollContainer: { defaultProps: { type: 'native' } },
    Alert: { styles: { title: { color: 'var(--mantine-color-text)' } } },
    InputWrapper: { styles: { description: { color: 'var(--octet-quiet)' } } },
    Input: { styles: { input: { '--input-placeholder-color': 'var(--octet-quiet)' } } },
  },
});
