import { NumberInput, Slider, Stack } from '@mantine/core';

interface Props {
  label: string;
  placeholder: string;
  /** null = nothing was chosen. */
  value: number | null;
  most: number;
  step: number;
  onChange: (value: number | null) => void;
}

/** A number that may be typed, or moved by a slider whose left end means "nothing chosen". */
export function SlidingNumber({ label, placeholder, value, most, step, onChange }: Props) {
  const choose = (chosen: number | string) =>
    onChange(Number(chosen) > 0 ? Number(Number(chosen).toPrecision(4)) : null);
  return (
    <Stack gap="xs" style={{ flex: '1 1 160px' }}>
      <NumberInput label={label} placeholder={placeholder} min={0} value={value ?? ''} onChange={choose} />
      <Slider
        min={0}
        max={Math.max(most, value ?? 0)}
        step={step}
        value={value ?? 0}
        label={(shown) => (shown === 0 ? placeholder : shown.toPrecision(3))}
        thumbLabel={label}
        onChange={choose}
      />
    </Stack>
  );
}
