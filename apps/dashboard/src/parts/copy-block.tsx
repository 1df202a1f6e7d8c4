import { Button, CopyButton, Group } from '@mantine/core';

/** Text to take along, with a button that copies it. */
export function CopyBlock({ text, label }: { text: string; label: string }) {
  return (
    <div>
      <pre className="command" tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <Group className="no-print" mt={6}>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy} aria-label={`Copy: ${label}`}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
    </div>
  );
}
