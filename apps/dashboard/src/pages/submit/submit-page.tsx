import { routes, type AgentDocument, type MatrixDocument } from '@octet/protocol';
import { Alert, Button, SimpleGrid, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { postDocument } from '../../data/api.js';
import { allAnswered, useDocument, type Loaded } from '../../data/use-document.js';
import { useUrlState } from '../../data/use-url-state.js';
import { CopyBlock } from '../../parts/copy-block.js';
import { Loading, LoadState } from '../../parts/load-state.js';
import { abilitiesOf } from '../fleet/device-abilities.js';
import { MatrixFields, type ChangeForm, type DeviceClassList } from './matrix-fields.js';
import { emptyForm, yamlOf, yamlOfRequest, type MatrixForm } from './matrix-form.js';
import { PlanPreview, usePreview } from './plan-preview.js';

/** A form that writes the matrix file beside it. `?from=ID` starts with an earlier matrix, to be changed. */
export function SubmitPage() {
  const from = useUrlState().get('from') || null;
  const earlier = useDocument<MatrixDocument>(from === null ? null : routes.matrix(from));
  const fleet = useDocument<{ agents: AgentDocument[] }>(routes.agents);
  const classes = useDocument<DeviceClassList>(routes.deviceClasses);
  if (!allAnswered(fleet, classes)) return <Loading height="80vh" />;
  return (
    <LoadState loaded={fleet}>
      {({ agents }) =>
        from === null ? (
          <SubmitForm agents={agents} classes={classes} earlier={null} />
        ) : (
          <LoadState loaded={earlier} height="80vh">
            {(document) => <SubmitForm key={from} agents={agents} classes={classes} earlier={document} />}
          </LoadState>
        )
      }
    </LoadState>
  );
}

interface FormProps {
  agents: readonly AgentDocument[];
  classes: Loaded<DeviceClassList>;
  earlier: MatrixDocument | null;
}

function SubmitForm({ agents, classes, earlier }: FormProps) {
  const url = useUrlState();
  const first = url.get('model');
  const [form, setForm] = useState<MatrixForm>(() => ({
    ...emptyForm(abilitiesOf(agents)),
    models: first === null ? [] : [{ name: first, data: '', shapes: '', accuracy: '' }],
  }));
  const [edited, setEdited] = useState<string | null>(() => (earlier === null ? null : yamlOfRequest(earlier)));
  const text = edited ?? yamlOf(form);
  const change: ChangeForm = (changes) => setForm((current) => ({ ...current, ...changes }));
  return (
    <Stack>
      <Title order={1} size="h2">
        Submit a matrix
      </Title>
      <Text className="quiet">
        {earlier === null
          ? 'Which models to measure, how, and on which devices. The form writes the file beside it.'
          : `The file of ${earlier.matrix.name}: change what shall be different, then submit it as a matrix of its own.`}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        {edited === null ? (
          <MatrixFields form={form} change={change} classes={classes} />
        ) : (
          <Alert color="cyan" title={earlier === null ? 'The file was edited by hand' : 'Change the file'}>
            <Button variant="default" size="compact-sm" onClick={() => setEdited(null)}>
              {earlier === null ? 'Back to the form (forgets the edits)' : 'Use an empty form instead'}
            </Button>
          </Alert>
        )}
        <Right text={text} onEdit={setEdited} empty={edited === null && form.models.length === 0} />
      </SimpleGrid>
    </Stack>
  );
}

interface RightProps {
  text: string;
  onEdit: (text: string) => void;
  /** Nothing was chosen yet: what is missing is no mistake. */
  empty: boolean;
}

function Right({ text, onEdit, empty }: RightProps) {
  const preview = usePreview(text);
  const [, go] = useLocation();
  const [error, setError] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const submit = (document: unknown) => {
    setSending(true);
    postDocument<MatrixDocument>(routes.matrices, document)
      .then(({ matrix }) => go(`/matrices/${matrix.id}`))
      .catch((cause: Error) => setError(cause.message))
      .finally(() => setSending(false));
  };
  return (
    <Stack>
      <Textarea
        label="The matrix file (may be edited)"
        value={text}
        autosize
        minRows={16}
        styles={{ input: { fontFamily: 'ui-monospace, monospace', fontSize: '0.8125rem' } }}
        spellCheck={false}
        onChange={(event) => onEdit(event.currentTarget.value)}
      />
      {empty ? (
        <Alert color="cyan" title="Choose a model first">
          Pick one that the controller has, or upload an ONNX file. What would run, for how long, and what can not is
          said here before anything runs.
        </Alert>
      ) : (
        <PlanPreview preview={preview} submit={submit} sending={sending} />
      )}
      {error !== null && <Alert color="red" title={error} role="alert" />}
      <details>
        <summary>The same from a terminal</summary>
        <CopyBlock label="terminal command" text={'npx octet plan matrix.yaml\nnpx octet submit matrix.yaml --wait'} />
      </details>
    </Stack>
  );
}
