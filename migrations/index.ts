/** Every migration, in order. One for each change, never edited after it landed. */
export { CreateSchema1795400000000 } from './1795400000000-create-schema.js';
export { NoiseControls1795400100000 } from './1795400100000-noise-controls.js';
export { TrialRerun1795400200000 } from './1795400200000-trial-rerun.js';
export { AgentDuty1795400300000 } from './1795400300000-agent-duty.js';
export { Sweeps1795400400000 } from './1795400400000-sweeps.js';
export { FleetView1795400500000 } from './1795400500000-fleet-view.js';
export { TrialPosition1795400600000 } from './1795400600000-trial-position.js';
