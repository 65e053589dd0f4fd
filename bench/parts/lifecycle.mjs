/** One onboarding, as data: what is sent, whichever way it goes. */

export const SECTIONS = ['InterviewFeedback', 'BackgroundCheckFeedback', 'ContractFeedback'];

/** About 420 bytes of JSON. */
export const feedback = { feedback: 'Convincing in every respect. '.repeat(13), isPassed: true };

export const metadata = { creator: 'bench', applicationId: '4711', createdDate: '2026-01-31' };

/** Requests that change something, in one lifecycle: the start, three sections, the approval. */
export const EVENTS = 2 + SECTIONS.length;
