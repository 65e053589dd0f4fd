/** People: who there are, who is asked at a stage of an approval, and until when. */
export { addWorking } from './calendar.ts';
export { directoryOf } from './directory.ts';
export { loadDirectory, type Warn } from './file.ts';
export { policyProblems, policyWarnings } from './policy-check.ts';
export { enterStage } from './stage.ts';
