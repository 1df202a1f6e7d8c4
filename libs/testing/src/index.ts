export * from './factories.js';
export * from './recorded-sweep.js';
export * from './fake-clock.js';
export * from './test-servers.js';
export * from './test-services.js';
