/** What can be done to a document, one by one: commands as the actions that they amount to. Pure. */
import type { Command, CommandKind } from '../../contracts/documents/commands.ts';
import type { DocumentType, SectionDefinition } from '../../contracts/documents/definition.ts';
import type { Refusal } from '../../contracts/failures.ts';
import { LIMITS } from '../../contracts/limits.ts';
import type { DocumentState } from './state.ts';

/** One thing that can be done: a command, and for those about one section which. */
export interface Action {
  readonly kind: CommandKind;
  readonly section?: string;
  /** Of the approval, where a decision names it. */
  readonly stage?: string;
}

/** The name of an action in `_templates` and in the `allowed` of a 409: `fill-ContractFeedback`, `approve`. */
export function actionName(action: Action): string {
  return action.section === undefined ? action.kind : `${action.kind}-${action.section}`;
}

/** The section's definition; own properties only, so that `constructor` is no section. */
export function sectionOf(definition: DocumentType, name: string): SectionDefinition | undefined {
  return Object.hasOwn(definition.sections, name) ? definition.sections[name] : undefined;
}

export function unknownSection(definition: DocumentType, name: string): Refusal {
  const known = Object.keys(definition.sections).join(', ');
  return {
    code: 'unknown-section',
    detail: `${definition.name} has no section ${JSON.stringify(name.slice(0, LIMITS.errorText))}; it has ${known}.`,
  };
}

function decisionOf({
  kind,
  stage,
}: Extract<Command, { kind: 'approve' | 'reject' | 'request-changes' }>): Action {
  return { kind, ...(stage === undefined ? {} : { stage }) };
}

/** The actions that one command amounts to. */
export function actionsOf(state: DocumentState, command: Command): Action[] {
  switch (command.kind) {
    case 'fill':
    case 'merge':
    case 'patch':
      return [{ kind: 'fill', section: command.section }];
    case 'fill-many':
      return Object.keys(command.sections).map((section) => ({ kind: 'fill', section }));
    case 'edit': {
      const { title, metadata, sections = {} } = command;
      const details = title !== undefined || metadata !== undefined;
      const parts = Object.entries(sections).map(([section, patch]): Action => ({
        kind: patch === null && state.sections[section] ? 'withdraw' : 'fill',
        section,
      }));
      return [...(details || parts.length === 0 ? [{ kind: 'edit' } as const] : []), ...parts];
    }
    case 'request-changes': {
      const sections = Object.keys(command.sections ?? {});
      const one = decisionOf(command);
      return sections.length === 0 ? [one] : sections.map((section) => ({ ...one, section }));
    }
    case 'approve':
    case 'reject':
      return [decisionOf(command)];
    case 'withdraw':
    case 'assign':
      return [{ kind: command.kind, section: command.section }];
    case 'extend':
    case 'comment': {
      const { kind, section } = command;
      return [{ kind, ...(section === undefined ? {} : { section }) }];
    }
    default:
      return [{ kind: command.kind }];
  }
}
