/** What mails say: for each occasion a subject and a sentence. Pure; plain text, which whoever shows it escapes. */
import type { Notification, Occasion } from '../../contracts/notifications.ts';
import { oneLine } from '../../shared/wording.ts';

interface Words {
  readonly subject: string;
  /** What has happened, or what is waited for. */
  readonly sentence: string;
}

/** The title in quotation marks, the section or stage if there is one, and who brought it about. */
interface Parts {
  readonly it: string;
  readonly section: string;
  readonly stage: string;
  readonly by: string;
  /** approved, rejected; or decided, where it is not known which. */
  readonly outcome: string;
}

const TEXTS: Readonly<Record<Occasion, (parts: Parts) => Words>> = {
  assigned: ({ it, section, by }) => ({
    subject: `Assigned to you: ${section} of ${it}`,
    sentence: `${by} assigned ${section} of ${it} to you.`,
  }),
  reminder: ({ it, section }) => ({
    subject: `Reminder: ${it} waits for you`,
    sentence: section === '' ? `${it} still waits for you.` : `${section} of ${it} is still open.`,
  }),
  overdue: ({ it, section, stage }) =>
    section === ''
      ? {
          subject: `Overdue: the decision on ${it}`,
          sentence: `Nobody has decided on ${it}${stage} by its deadline.`,
        }
      : {
          subject: `Overdue: ${section} of ${it}`,
          sentence: `${section} of ${it} has not been filled in by its deadline.`,
        },
  expired: ({ it }) => ({
    subject: `Expired: ${it}`,
    sentence: `${it} has expired; nothing in it can change any more.`,
  }),
  'approval-requested': ({ it, stage }) => ({
    subject: `Your decision: ${it}`,
    sentence: `You are asked to decide on ${it}${stage}.`,
  }),
  'approval-reminder': ({ it, stage }) => ({
    subject: `Reminder: your decision on ${it}`,
    sentence: `${it} still waits for your decision${stage}.`,
  }),
  escalated: ({ it, stage }) => ({
    subject: `Escalated to you: ${it}`,
    sentence: `Nobody has decided on ${it}${stage} yet, so now you are asked.`,
  }),
  delegated: ({ it, stage, by }) => ({
    subject: `Delegated to you: ${it}`,
    sentence: `${by} asks you to decide on ${it}${stage} instead.`,
  }),
  decided: ({ it, stage, by, outcome }) => ({
    subject: `${by} has ${outcome} ${it}`,
    sentence: `${by} has ${outcome} ${it}${stage}. Others still have to decide.`,
  }),
  'changes-requested': ({ it, stage, by }) => ({
    subject: `Changes requested: ${it}`,
    sentence: `${by} asks for changes of ${it}${stage} before a decision.`,
  }),
  finished: ({ it, outcome }) => ({
    subject: `${outcome[0]?.toUpperCase()}${outcome.slice(1)}: ${it}`,
    sentence: `${it} was ${outcome}.`,
  }),
};

/** The words for this notification. `by`: how whoever brought it about is called. */
export function wordsFor(
  { occasion, title, section, stage, outcome }: Notification,
  by: string | undefined,
): Words {
  const { subject, sentence } = TEXTS[occasion]({
    it: `“${oneLine(title)}”`,
    section: oneLine(section ?? ''),
    stage: stage === undefined ? '' : ` (${oneLine(stage)})`,
    by: by ?? 'Somebody',
    outcome: outcome ?? 'decided',
  });
  return { subject: oneLine(subject), sentence };
}
