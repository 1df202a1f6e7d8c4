import type { DeviceClassDocument } from '@octet/protocol';
import { Checkbox, Group, NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import type { Loaded } from '../../data/use-document.js';
import { classDetail } from '../../format.js';
import { LoadState } from '../../parts/load-state.js';
import type { MatrixForm } from './matrix-form.js';
import { ModelsFields } from './models-fields.js';

export type ChangeForm = (changes: Partial<MatrixForm>) => void;

export interface DeviceClassList {
  deviceClasses: DeviceClassDocument[];
}

interface FieldsProps {
  form: MatrixForm;
  change: ChangeForm;
}

interface AllFieldsProps extends FieldsProps {
  classes: Loaded<DeviceClassList>;
}

/** The matrix's fields, from its name to its plan. */
export function MatrixFields({ form, change, classes }: AllFieldsProps) {
  return (
    <Stack>
      <TextInput label="Name" value={form.name} onChange={(event) => change({ name: event.currentTarget.value })} />
      <ModelsFields form={form} change={change} />
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
      <Devices form={form} change={change} classes={classes} />
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

function RecipeFields({ form, change }: FieldsProps) {
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

function Devices({ form, change, classes }: AllFieldsProps) {
  return (
    <LoadState loaded={classes}>
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
