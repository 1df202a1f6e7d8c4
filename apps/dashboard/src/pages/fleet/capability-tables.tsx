import { Table, Text } from '@mantine/core';
import type { AgentDocument } from '@octet/protocol';
import { abilitiesOf, type Ability } from './device-abilities.js';
import { classDetail } from '../../format.js';

export interface ArchitectureRow extends Record<string, unknown> {
  sm: string;
  example: string;
}

const nowrap = { whiteSpace: 'nowrap' } as const;
const variants = ['fp32', 'tf32', 'fp16', 'bf16', 'int8'] as const;

/** Each device class of the fleet on each of its runtimes, with the reason behind each no. */
export function DeviceAbilities({ agents }: { agents: readonly AgentDocument[] }) {
  const rows = abilitiesOf(agents);
  if (rows.length === 0) return <Text>No device has connected yet.</Text>;
  return (
    <Table.ScrollContainer minWidth={720} tabIndex={0} role="region" aria-label="What each device runs">
      <Table verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {['Device class', 'Runtime', ...variants.map((variant) => variant.toUpperCase())].map((name) => (
              <Table.Th scope="col" key={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ deviceName, deviceClass, runtime, version, answers }) => (
            <Table.Tr key={`${deviceClass} ${runtime} ${version}`}>
              <Table.Th scope="row">
                {deviceName}, {classDetail(deviceClass)}
              </Table.Th>
              <Table.Td>
                {runtime} {version}
              </Table.Td>
              {variants.map((variant) => (
                <AbilityCell key={variant} ability={answers[variant]} />
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function AbilityCell({ ability }: { ability: Ability }) {
  if (ability.why === null)
    return (
      <Table.Td fw={600} style={nowrap}>
        ● yes
      </Table.Td>
    );
  return (
    <Table.Td>
      no
      <Text size="xs" className="quiet" maw={260}>
        {ability.why}
      </Text>
    </Table.Td>
  );
}

const abilities = [
  ['fp32', 'FP32'],
  ['tf32', 'TF32'],
  ['fp16', 'FP16'],
  ['bf16', 'BF16'],
  ['fp8', 'FP8'],
  ['int8', 'INT8'],
  ['dp4a', 'DP4A'],
  ['fp16TensorCores', 'FP16 tensor cores'],
  ['int8TensorCores', 'INT8 tensor cores'],
  ['dla', 'DLA'],
] as const;

export function ArchitectureTable({ rows }: { rows: readonly ArchitectureRow[] }) {
  const shown = abilities.filter(([key]) => rows.some((row) => typeof row[key] === 'boolean'));
  return (
    <Table.ScrollContainer minWidth={720} tabIndex={0} role="region" aria-label="Capability table">
      <Table verticalSpacing={3}>
        <Table.Thead>
          <Table.Tr>
            {['SM', 'Example', ...shown.map(([, name]) => name)].map((name) => (
              <Table.Th scope="col" key={name}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.sm} ${row.example}`}>
              <Table.Th scope="row">{row.sm}</Table.Th>
              <Table.Td>{row.example}</Table.Td>
              {shown.map(([key]) => (
                <Table.Td
                  key={key}
                  fw={row[key] === true ? 600 : 400}
                  className={row[key] === true ? '' : 'quiet'}
                  style={nowrap}
                >
                  {row[key] === true ? '● yes' : 'no'}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
