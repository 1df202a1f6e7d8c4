import { FileButton, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { uploadFiles, type Upload } from '../../data/upload.js';

interface Props {
  kind: 'models' | 'datasets';
  label: string;
  accept: string;
  /** Whether files that belong together may be chosen at once. */
  multiple: boolean;
  onDone: (name: string) => void;
}

const phases = { hash: 'reading', send: 'sending', register: 'checking' };

/** Picks files, sends them with progress, and says what came of it. */
export function UploadButton({ kind, label, accept, multiple, onDone }: Props) {
  const [upload, setUpload] = useState<Upload | null>(null);
  const [said, setSaid] = useState('');
  const send = (picked: File | File[] | null) => {
    const files = picked === null ? [] : [picked].flat();
    if (files.length === 0) return;
    setSaid('');
    uploadFiles(kind, files, setUpload)
      .then((bundle) => {
        setSaid(`${bundle.name} is there.`);
        onDone(bundle.name);
      })
      .catch((error: Error) => setSaid(error.message))
      .finally(() => setUpload(null));
  };
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <FileButton onChange={send} accept={accept} multiple={multiple} inputProps={{ 'aria-label': label }}>
          {(props) => (
            <Button {...props} variant="default" size="compact-sm" loading={upload !== null}>
              {label}
            </Button>
          )}
        </FileButton>
        <Text size="sm" role="status">
          {upload === null ? said : `${phases[upload.phase]} …`}
        </Text>
      </Group>
      {upload !== null && (
        <Progress value={upload.share * 100} aria-label={`${label}: ${Math.round(upload.share * 100)} %`} />
      )}
    </Stack>
  );
}
