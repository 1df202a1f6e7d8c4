export * from './guarded-process.js';
export * from './lock-file.js';
export * from './ports.js';
export * from './postgres.js';
export * from './process-table.js';
export * from './redis.js';
export * from './secret-file.js';
export * from './services.js';
