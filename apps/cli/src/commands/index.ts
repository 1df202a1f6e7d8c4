import type { Command } from 'commander';

/** Each command adds itself to the program; its heavy imports happen in its action. */
export type RegisterCommand = (program: Command) => void;

export const commands: readonly RegisterCommand[] = [];
