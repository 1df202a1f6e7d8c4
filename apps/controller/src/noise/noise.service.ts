import { Injectable } from '@nestjs/common';
import { falseVerdictRate, noiseFloor, noiseHistory, type ControlTrial } from '@octet/domain';
import type { NoiseDocument } from '@octet/protocol';
import { DataSource } from 'typeorm';

/** What the A/A controls of the fleet say, by device class. */
@Injectable()
export class NoiseService {
  constructor(private readonly database: DataSource) {}

  /** Every known class, those without a control too: their floor is the default. */
  async read(): Promise<NoiseDocument> {
    const rows = await this.database.query<{ deviceClass: string; controls: ControlTrial[] }[]>(
      `select device_class as "deviceClass",
              coalesce((select jsonb_agg(jsonb_build_object('day', day, 'median', median, 'low', low, 'high', high,
                                                            'unstable', unstable) order by day, accepted_at)
                        from control_trials where control_trials.device_class = device_classes.device_class), '[]')
                as controls
       from device_classes order by device_class`,
    );
    return {
      schemaVersion: 1,
      noise: rows.map(({ deviceClass, controls }) => ({
        deviceClass,
        ...noiseFloor(controls),
        falseVerdicts: falseVerdictRate(controls),
        days: noiseHistory(controls),
      })),
    };
  }
}
