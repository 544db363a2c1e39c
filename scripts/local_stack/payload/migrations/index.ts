import * as migration_20261122_150511_initial from './20261122_150511_initial.js';

export const migrations = [
  {
    up: migration_20261122_150511_initial.up,
    down: migration_20261122_150511_initial.down,
    name: '20261122_150511_initial'
  },
];
