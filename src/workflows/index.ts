/** Every workflow type that the worker runs; the entry of the workflow bundle. */
export { approval } from './approvals/workflow.ts';
export { document } from './documents/workflow.ts';
export { StartWorkflow } from './documents/originals.ts';
export { order } from './orders/workflow.ts';
export { PlaceOrder, ScheduleShipping } from './orders/originals.ts';
export { mail } from './mail/workflow.ts';
export { reconcile } from './reconcile/workflow.ts';
export { Workflow } from './waits/originals.ts';
export { wait } from './waits/workflow.ts';
export { webhook } from './webhooks/workflow.ts';
export { ApprovalTexts } from './proposals/approval-texts.ts';
export { OrchFunction } from './proposals/orch-function.ts';
export { QuoteWithTimeout } from './proposals/quote.ts';
export { ReminderLoop } from './proposals/reminder-loop.ts';
export { Chain } from './samples/chain.ts';
export { FanOutFanIn } from './samples/fan-out.ts';
export { Hello } from './samples/hello.ts';
export { Monitor } from './samples/monitor.ts';
