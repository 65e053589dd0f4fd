/** A document's history: who did what when, what came of it, and what changed. Built from events and refusals. */
import { tellApproval } from '../approvals/history.ts';
import type { DocumentType, JsonSchema } from '../../contracts/documents/definition.ts';
import type {
  Change,
  DocumentEvent,
  HistoryEntry,
  RefusedCommand,
} from '../../contracts/documents/events.ts';
import type { JsonObject } from '../../contracts/json.ts';
import { escapePointer, sameJson } from '../shared/json.ts';
import { refusalEntry } from '../shared/refusals.ts';
import { isSensitiveField } from './sensitive.ts';

/** What entries are told against. */
interface Before {
  /** The one that the document has now. */
  readonly newest: DocumentType;
  /** The one that it had then, as far as the events tell. */
  definition: DocumentType;
  metadata: JsonObject;
  readonly sections: Map<string, JsonObject>;
}

/**
 * One entry for each event that people understand as one, oldest first; refused commands stand between them by their
 * time. `before`: of the events before the first of `events` those that last changed metadata and each section, because
 * a change is told against what was there; none, when `events` begins with the first. `definition` is the newest. The
 * values of fields stay out that are sensitive now or were then, and those of sections that nobody knows any more.
 */
export function historyOf(
  definition: DocumentType,
  events: readonly DocumentEvent[],
  refused: readonly RefusedCommand[],
  before: readonly DocumentEvent[] = [],
): HistoryEntry[] {
  const migrated = [...before, ...events].find((event) => event.kind === 'migrated');
  const then = migrated?.before ?? definition;
  const known: Before = { newest: definition, definition: then, metadata: {}, sections: new Map() };
  for (const event of before) entryOf(event, known);
  const accepted = events.flatMap((event) => entryOf(event, known));
  // Accepted ones keep the order of their events: their clocks (gateway, server) may differ.
  const rest = refused.map(refusalEntry).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const entries: HistoryEntry[] = [];
  for (const entry of accepted) {
    while (rest[0] && rest[0].at < entry.at) entries.push(...rest.splice(0, 1));
    entries.push(entry);
  }
  return [...entries, ...rest];
}

function entryOf(event: DocumentEvent, known: Before): HistoryEntry[] {
  const { version, at, by, via } = event;
  const reason = 'reason' in event && event.reason !== undefined ? { reason: event.reason } : {};
  const base = { version, at, by, via, accepted: true, ...reason };
  const told = tell(event, known);
  if (told === undefined) return [];
  const follows = event.kind === 'approval-reset' || ('automatic' in event && event.automatic);
  const byItself = follows ? { via: 'system' as const } : {};
  return [{ ...base, ...byItself, ...told }];
}

type Told = Pick<HistoryEntry, 'command' | 'changes' | 'reason'>;

/** What the entry says; undefined when another entry says it already. */
function tell(event: DocumentEvent, known: Before): Told | undefined {
  switch (event.kind) {
    case 'created':
    case 'section-filled':
    case 'section-withdrawn':
    case 'details-changed':
      return content(event, known);
    case 'review-requested':
      return {
        command: 'submit',
        ...(event.automatic ? { reason: 'Every required section is filled.' } : {}),
      };
    case 'reopened':
      return { command: 'reopen' };
    case 'decided':
      return tellApproval(event);
    case 'closed':
      // A decision or submission has its own entry just before.
      return isTold(event) ? { command: ending(event) } : undefined;
    case 'migrated': {
      known.definition = event.definition;
      const from = event.before.version;
      return {
        command: 'migrate',
        changes: [{ pointer: '/typeVersion', from, to: event.definition.version }],
      };
    }
    default:
      return other(event);
  }
}

function isTold({ state, via, automatic }: Extract<DocumentEvent, { kind: 'closed' }>): boolean {
  return (state !== 'approved' && state !== 'rejected') || via === 'system' || automatic === true;
}

/** A document that is expired was either put aside by somebody or past its deadline. */
function ending({ state, via }: Extract<DocumentEvent, { kind: 'closed' }>): string {
  if (state === 'expired') return via === 'system' ? 'expire' : 'archive';
  return state === 'cancelled' ? 'cancel' : state;
}

type Content = Extract<
  DocumentEvent,
  { kind: 'created' | 'section-filled' | 'section-withdrawn' | 'details-changed' }
>;

function content(event: Content, known: Before): Told {
  switch (event.kind) {
    case 'created': {
      const parts = Object.entries(event.sections);
      const changes = [metadataChanges(event.metadata, known)];
      for (const [name, data] of parts) changes.push(sectionChanges(name, data, known));
      const from = event.from
        ? { reason: `From ${event.from.id}, version ${event.from.version}.` }
        : {};
      return { command: 'create', changes: changes.flat(), ...from };
    }
    case 'section-filled':
      return {
        command: `fill ${event.section}`,
        changes: sectionChanges(event.section, event.data, known),
      };
    case 'section-withdrawn':
      return {
        command: `withdraw ${event.section}`,
        changes: sectionChanges(event.section, {}, known),
      };
    case 'details-changed': {
      const { title, metadata } = event;
      const renamed: Change[] = title === undefined ? [] : [{ pointer: '/title', to: title }];
      const described = metadata ? metadataChanges(metadata, known) : [];
      return { command: 'edit', changes: [...renamed, ...described] };
    }
  }
}

type Other = Exclude<
  DocumentEvent,
  Content | { kind: 'review-requested' | 'reopened' | 'decided' | 'closed' | 'migrated' }
>;

function other(event: Other): Told {
  switch (event.kind) {
    case 'commented':
      return { command: about('comment', event.section), reason: event.text };
    case 'assigned':
      return {
        command: `assign ${event.section}`,
        reason: event.to === undefined ? 'To nobody in particular.' : `To ${event.to}.`,
      };
    case 'extended':
      return { command: about('extend', event.section), reason: `Until ${event.until}.` };
    case 'transferred':
      return { command: 'transfer', reason: `To ${event.to}.` };
    case 'child-linked':
      return { command: `link ${event.child}`, reason: `${event.is.type}, ${event.is.state}.` };
    case 'child-changed':
      return { command: `child ${event.child}`, reason: `Now ${event.is.state}.` };
    case 'child-unlinked':
      return { command: `unlink ${event.child}` };
    case 'attached':
      return { command: 'attach', reason: `Below ${event.parent}.` };
    case 'detached':
      return { command: 'detach', reason: `From ${event.parent}.` };
    case 'reminded':
      return { command: about('remind', event.section), reason: `Reminder ${event.number}.` };
    case 'overdue':
      return { command: `overdue ${event.section}` };
    default:
      return tellApproval(event);
  }
}

function about(command: string, section: string | undefined): string {
  return section === undefined ? command : `${command} ${section}`;
}

function sectionChanges(name: string, data: JsonObject, known: Before): Change[] {
  const before = known.sections.get(name) ?? {};
  known.sections.set(name, data);
  const schemas = [known.newest, known.definition]
    .map(({ sections }) => sections[name]?.schema)
    .filter((schema) => schema !== undefined);
  return differences(`/sections/${escapePointer(name)}`, schemas, before, data);
}

function metadataChanges(metadata: JsonObject, known: Before): Change[] {
  const before = known.metadata;
  known.metadata = metadata;
  const schemas = [known.newest.metadata, known.definition.metadata];
  return differences('/metadata', schemas, before, metadata);
}

function differences(
  pointer: string,
  schemas: readonly JsonSchema[],
  before: JsonObject,
  after: JsonObject,
): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): Change[] => {
    const from = Object.hasOwn(before, name) ? before[name] : undefined;
    const to = Object.hasOwn(after, name) ? after[name] : undefined;
    if (sameJson(from, to)) return [];
    const place = `${pointer}/${escapePointer(name)}`;
    if (schemas.length === 0 || schemas.some((schema) => isSensitiveField(schema, name))) {
      return [{ pointer: place, sensitive: true }];
    }
    return [
      {
        pointer: place,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      },
    ];
  });
}
