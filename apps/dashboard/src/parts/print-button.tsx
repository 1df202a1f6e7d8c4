import { Button, Text } from '@mantine/core';
import { formatMoment } from '../format.js';
import { usePrinting } from './printing.js';

/** Opens the browser's own dialogue: it prints, or saves a PDF. */
export function PrintButton() {
  return (
    <Button className="no-print" style={{ flexShrink: 0 }} variant="default" size="compact-sm" onClick={() => print()}>
      Print or save as PDF
    </Button>
  );
}

/** On paper only: where the report is from, and of when. */
export function PrintedFrom() {
  if (!usePrinting()) return null;
  return (
    <Text size="xs" className="quiet">
      Octet, {location.origin + location.pathname + location.search}, {formatMoment(new Date().toISOString())}
    </Text>
  );
}
