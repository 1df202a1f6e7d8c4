import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CONFIG, type ControllerConfig } from '../config.js';
import { EventBus } from '../live/event-bus.js';
import { Dispatcher } from './dispatcher.js';
import { LaneQueues } from './lane-queues.js';
import { LanesService } from './lanes.service.js';
import { RedisConnections } from './redis-connections.js';
import { SlotsService } from './slots.service.js';
import { TrialEndings } from './trial-endings.js';
import { TrialStore } from './trial-store.js';

@Global()
@Module({
  providers: [
    TrialStore,
    SlotsService,
    LanesService,
    {
      provide: RedisConnections,
      inject: [CONFIG],
      useFactory: (config: ControllerConfig) => new RedisConnections(config.redisUrl),
    },
    {
      provide: EventBus,
      inject: [CONFIG, RedisConnections],
      useFactory: async (config: ControllerConfig, redis: RedisConnections) => {
        const bus = new EventBus(config.id, `${config.redisPrefix}:events`, redis.client, redis.subscriber);
        await bus.start();
        return bus;
      },
    },
    {
      provide: LaneQueues,
      inject: [CONFIG, RedisConnections],
      useFactory: (config: ControllerConfig, redis: RedisConnections) => new LaneQueues(config, redis),
    },
    {
      provide: TrialEndings,
      inject: [DataSource, EventBus],
      useFactory: (database: DataSource, bus: EventBus) => new TrialEndings(database, bus),
    },
    {
      provide: Dispatcher,
      inject: [CONFIG, TrialStore, LaneQueues, TrialEndings, EventBus],
      useFactory: (
        config: ControllerConfig,
        trials: TrialStore,
        queues: LaneQueues,
        endings: TrialEndings,
        bus: EventBus,
      ) => new Dispatcher(config, trials, queues, endings, bus),
    },
  ],
  exports: [TrialStore, SlotsService, LanesService, RedisConnections, EventBus, TrialEndings],
})
export class LanesModule implements OnApplicationShutdown {
  constructor(
    @Inject(LaneQueues) private readonly queues: LaneQueues,
    @Inject(RedisConnections) private readonly redis: RedisConnections,
  ) {}

  /** Last of all: consumers are closed by then, and nothing waits for a handler. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.race([this.queues.close(), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    this.redis.close();
  }
}
