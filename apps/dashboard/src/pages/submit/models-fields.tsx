import { routes, type Bundle } from '@octet/protocol';
import { Button, Card, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useDocument } from '../../data/use-document.js';
import { LoadState } from '../../parts/load-state.js';
import type { MatrixForm } from './matrix-form.js';
import { UploadButton } from './upload-button.js';

interface ModelsProps {
  form: MatrixForm;
  change: (changes: Partial<MatrixForm>) => void;
}

/** The models of a matrix, each with its dataset, budget and shapes; others are uploaded here. */
export function ModelsFields({ form, change }: ModelsProps) {
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
        <LoadState loaded={models} height={80}>
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
          label="Upload an ONNX file (with its .data files, if it has some)"
          accept=".onnx,.data,.onnx_data,.bin,.weights"
          multiple
          onDone={(name) => {
            setVersion(version + 1);
            add(name);
          }}
        />
        <UploadButton
          kind="datasets"
          label="Upload a dataset (.npz or .npy)"
          accept=".npz,.npy"
          multiple={false}
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
