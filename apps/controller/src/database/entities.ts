import { BlobEntity } from '../blobs/blob.entity.js';
import { BundleEntity, BundleNameEntity } from '../blobs/bundle.entity.js';
import { CalibrationTableEntity } from '../calibration-tables/calibration-table.entity.js';
import { AgentEntity } from '../fleet/agent.entity.js';
import { DeviceClassEntity } from '../fleet/device-class.entity.js';
import { TrialEntity, TrialEventEntity } from '../lanes/trial.entity.js';
import { MatrixEntity } from '../matrices/matrix.entity.js';
import { ControlTrialEntity } from '../noise/control-trial.entity.js';
import { ResultEntity, SampleEntity, TelemetryEntity } from '../results/result.entity.js';
import { SweepEntity } from '../sweeps/sweep.entity.js';
import { VerdictEntity } from '../verdicts/verdict.entity.js';

export const entities = [
  BlobEntity,
  BundleEntity,
  BundleNameEntity,
  CalibrationTableEntity,
  AgentEntity,
  DeviceClassEntity,
  MatrixEntity,
  TrialEntity,
  TrialEventEntity,
  ResultEntity,
  SampleEntity,
  TelemetryEntity,
  VerdictEntity,
  ControlTrialEntity,
  SweepEntity,
];
