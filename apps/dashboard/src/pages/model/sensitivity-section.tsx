import { recipeLabel, type EngineRecord, type Recipe } from '@octet/domain';
import { routes, type StoredRow, type TrialDocument } from '@octet/protocol';
import { Anchor, Card, Skeleton, Text } from '@mantine/core';
import { Link } from 'wouter';
import { targetOfRow, targetText } from '../../data/targets.js';
import { useDocument } from '../../data/use-document.js';
import { formatMoment, recipeText } from '../../format.js';
import { LayerAccuracySection } from '../trial/layer-accuracy-section.js';

/** Kept while the trial is fetched, so that what stands below does not move. */
const room = 640;

/** Which layers lose accuracy, from the newest trial whose layers were compared: they are the same on every device. */
export function SensitivitySection({ rows }: { rows: readonly StoredRow[] }) {
  const newest = rows
    .filter((row) => row.accuracy !== null && row.trialId !== null)
    .toSorted((a, b) => (b.recordedAt ?? '').localeCompare(a.recordedAt ?? ''))[0];
  const trial = useDocument<TrialDocument>(newest === undefined ? null : routes.trial(newest.trialId!));
  if (newest === undefined || trial.error !== null) return null;
  if (trial.document === null) return <Skeleton height={room} />;
  const label = newest.recipe === null ? null : recipeLabel(newest.recipe as unknown as Recipe);
  const engines = (trial.document.record?.['engines'] as EngineRecord[] | undefined) ?? [];
  const layers = engines.find((engine) => engine.label === label)?.layerAccuracy ?? null;
  if (layers === null || layers.length === 0) return null;
  return (
    <Card withBorder component="section" aria-label="Sensitivity of layers">
      <LayerAccuracySection layers={layers} name={recipeText(newest.recipe)} title="Sensitivity of layers" order={2}>
        <Text size="sm" className="quiet">
          With {recipeText(newest.recipe)}, batch {newest.batch}, on {targetText(targetOfRow(newest))},{' '}
          {formatMoment(newest.recordedAt)}:{' '}
          <Anchor component={Link} href={`/trials/${newest.trialId}`} underline="always" size="sm">
            the trial
          </Anchor>
        </Text>
      </LayerAccuracySection>
    </Card>
  );
}
