import { routes, type Bundle, type DeviceClassDocument, type MatrixDocument } from '@octet/protocol';
import {
  Alert,
  Button,
  Card,
  Checkbox,
  Group,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { postDocument } from '../../data/api.js';
import { useDocument } from '../../data/use-document.js';
import { useUrlState } from '../../data/use-url-state.js';
import { classDetail } from '../../format.js';
import { CopyBlock } from '../../parts/copy-block.js';
import { LoadState } from '../../parts/load-state.js';
import { emptyForm, yamlOf, yamlOfRequest, type MatrixForm } from './matrix-form.js';
import { PlanPreview, usePreview } from './plan-preview.js';
import { UploadButton } from './upload-button.js';

type Change = (changes: Partial<MatrixForm>) => void;

/** A form that writes the matrix file beside it. `?from=ID` starts with an earlier matrix, to be changed. */
export function SubmitPage() {
  const from = useUrlState().get('from') || null;
  const earlier = useDocument<MatrixDocument>(from === null ? null : routes.matrix(from));
  if (from === null) return <SubmitForm earlier={null} />;
  return <LoadState loaded={earlier}>{(document) => <SubmitForm key={from} earlier={document} />}</LoadState>;
}

function SubmitForm({ earlier }: { earlier: MatrixDocument | null }) {
  const url = useUrlState();
  const first = url.get('model');
  const [form, setForm] = useState<MatrixForm>(() => ({
    ...emptyForm,
    models: first === null ? [] : [{ name: first, data: '', shapes: '', accuracy: '' }],
  }));
  const [edited, setEdited] = useState<string | null>(() => (earlier === null ? null : yamlOfRequest(earlier)));
  const text = edited ?? yamlOf(form);
  const change: Change = (changes) => setForm((current) => ({ ...current, ...changes }));
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
          <Form form={form} change={change} />
        ) : (
          <Alert color="cyan" title={earlier === null ? 'The file was edited by hand' : 'Change the file'}>
            <Button variant="default" size="compact-sm" onClick={() => setEdited(null)}>
              {earlier === null ? 'Back to the form (forgets the edits)' : 'Use an empty form instead'}
            </Button>
          </Alert>
        )}
        <Right text={text} onEdit={setEdited} />
      </SimpleGrid>
    </Stack>
  );
}

function Right({ text, onEdit }: { text: string; onEdit: (text: string) => void }) {
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
      <PlanPreview preview={preview} />
      {error !== null && <Alert color="red" title={error} role="alert" />}
      <Group>
        <Button
          loading={sending}
          disabled={preview.state !== 'ready'}
          onClick={() => preview.state === 'ready' && submit(preview.document)}
        >
          Submit
        </Button>
      </Group>
      <details>
        <summary>The same from a terminal</summary>
        <CopyBlock label="terminal command" text={'npx octet plan matrix.yaml\nnpx octet submit matrix.yaml --wait'} />
      </details>
    </Stack>
  );
}

function Form({ form, change }: { form: MatrixForm; change: Change }) {
  return (
    <Stack>
      <TextInput label="Name" value={form.name} onChange={(event) => change({ name: event.currentTarget.value })} />
      <Models form={form} change={change} />
      <TextInput
        label="Batch sizes"
        description="Several, to see from which batch on INT8 pays: 1, 4, 8"
        value={form.batches}
        onChange={(event) => change({ batches: event.currentTarget.value })}
      />
      <Checkbox.Group label="Variants" value={form.variants} onChange={(variants) => change({ variants })}>
        <Group mt={6}>
          {['fp32', 'tf32', 'fp16', 'bf16', 'int8'].map((variant) => (
            <Checkbox key={variant} value={variant} label={variant} />
          ))}
        </Group>
      </Checkbox.Group>
      {form.variants.includes('int8') && <RecipeFields form={form} change={change} />}
      <Devices form={form} change={change} />
      <Group grow align="flex-end">
        <NumberInput
          label="INT8 pays from"
          description="1.05: 5 % faster"
          min={1}
          step={0.05}
          value={form.threshold}
          onChange={(value) => change({ threshold: Number(value) })}
        />
        <NumberInput
          label="Seconds for a trial"
          description="for its rounds, at most"
          min={1}
          value={form.maxSeconds}
          onChange={(value) => change({ maxSeconds: Number(value) })}
        />
        <NumberInput
          label="Priority"
          description="1 is first"
          min={1}
          value={form.priority}
          onChange={(value) => change({ priority: Number(value) })}
        />
      </Group>
    </Stack>
  );
}

function Models({ form, change }: { form: MatrixForm; change: Change }) {
  const [version, setVersion] = useState(0);
  const models = useDocument<{ models: Bundle[] }>(`${routes.models}?after=${version}`);
  const datasets = useDocument<{ datasets: Bundle[] }>(`${routes.datasets}?after=${version}`);
  const names = [...new Set((models.document?.models ?? []).map((model) => model.name))];
  const add = (name: string) => {
    if (name !== '' && !form.models.some((model) => model.name === name))
      change({ models: [...form.models, { name, data: '', shapes: '', accuracy: '' }] });
  };
  return (
    <Card withBorder component="section" aria-label="Models">
      <Stack gap="sm">
        <LoadState loaded={models} height={60}>
          {() => (
            <NativeSelect
              label="Add a model"
              description="Those that the controller has; upload others below"
              data={[{ value: '', label: names.length === 0 ? 'none yet' : 'choose' }, ...names]}
              value=""
              onChange={(event) => add(event.currentTarget.value)}
            />
          )}
        </LoadState>
        {form.models.map((model, index) => (
          <ModelFields
            key={model.name}
            model={model}
            datasets={datasets.document?.datasets ?? []}
            change={(changes) =>
              change({ models: form.models.map((each, at) => (at === index ? { ...each, ...changes } : each)) })
            }
            remove={() => change({ models: form.models.filter((_, at) => at !== index) })}
          />
        ))}
        <UploadButton
          kind="models"
          label="Upload an ONNX file"
          accept=".onnx"
          onDone={(name) => {
            setVersion(version + 1);
            add(name);
          }}
        />
        <UploadButton
          kind="datasets"
          label="Upload a dataset (.npz or .npy)"
          accept=".npz,.npy"
          onDone={() => setVersion(version + 1)}
        />
      </Stack>
    </Card>
  );
}

type ModelEntry = MatrixForm['models'][number];

interface ModelFieldsProps {
  model: ModelEntry;
  datasets: readonly Bundle[];
  change: (changes: Partial<ModelEntry>) => void;
  remove: () => void;
}

function ModelFields({ model, datasets, change, remove }: ModelFieldsProps) {
  return (
    <fieldset style={{ border: '1px solid var(--octet-line)', borderRadius: 6 }}>
      <legend>
        <b>{model.name}</b>
      </legend>
      <Stack gap="xs">
        <NativeSelect
          label={`Dataset of ${model.name}`}
          description="Real inputs for calibration; without, accuracy stays unknown"
          data={[
            { value: '', label: 'none: random inputs' },
            ...datasets.map((dataset) => ({ value: dataset.sha256, label: dataset.name })),
          ]}
          value={model.data}
          onChange={(event) => change({ data: event.currentTarget.value })}
        />
        <NativeSelect
          label={`Accuracy budget of ${model.name}`}
          data={[
            { value: '', label: 'none' },
            { value: 'cosine 0.99', label: 'cosine of outputs at least 0.99' },
            { value: 'cosine 0.98', label: 'cosine of outputs at least 0.98' },
            { value: 'top1 0.01', label: 'top-1 falls by at most 1 point' },
            { value: 'top1 0.02', label: 'top-1 falls by at most 2 points' },
          ]}
          value={model.accuracy}
          onChange={(event) => change({ accuracy: event.currentTarget.value })}
        />
        <TextInput
          label={`Shapes of ${model.name}`}
          description="Only for dynamic dimensions, as in x: batch,3,48,320"
          value={model.shapes}
          onChange={(event) => change({ shapes: event.currentTarget.value })}
        />
        <Button
          variant="subtle"
          size="compact-sm"
          color="gray"
          onClick={remove}
          aria-label={`Remove ${model.name}`}
          c="inherit"
        >
          Remove
        </Button>
      </Stack>
    </fieldset>
  );
}

function RecipeFields({ form, change }: { form: MatrixForm; change: Change }) {
  return (
    <Group grow align="flex-end">
      <NativeSelect
        label="Scheme"
        data={['static-symmetric', 'static-asymmetric', 'dynamic-symmetric', 'dynamic-asymmetric']}
        value={form.scheme}
        onChange={(event) => change({ scheme: event.currentTarget.value })}
      />
      <NativeSelect
        label="Calibrator"
        disabled={form.scheme.startsWith('dynamic')}
        data={['max', 'percentile', 'entropy', 'mse', 'auto']}
        value={form.calibrator}
        onChange={(event) => change({ calibrator: event.currentTarget.value })}
      />
      <NativeSelect
        label="Weight bits"
        data={['8', '7']}
        value={form.weightBits}
        onChange={(event) => change({ weightBits: event.currentTarget.value })}
      />
    </Group>
  );
}

function Devices({ form, change }: { form: MatrixForm; change: Change }) {
  const classes = useDocument<{ deviceClasses: DeviceClassDocument[] }>(routes.deviceClasses);
  return (
    <LoadState loaded={classes} height={90}>
      {({ deviceClasses }) => (
        <Checkbox.Group
          label="Devices"
          description="None ticked: all that are known, and those that come"
          value={form.deviceClasses}
          onChange={(chosen) => change({ deviceClasses: chosen })}
        >
          <Stack gap={6} mt={6}>
            {deviceClasses.map((each) => (
              <Checkbox
                key={each.deviceClass}
                value={each.deviceClass}
                label={`${each.name}, ${classDetail(each.deviceClass)}${each.connectedSlots === 0 ? ' (not connected)' : ''}`}
              />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
    </LoadState>
  );
}
