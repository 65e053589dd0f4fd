/** A document's history: who did what when, what came of it, and what changed. Built from events and refusals. */
import type {
  Change,
  DocumentEvent,
  HistoryEntry,
  JsonObject,
  RefusedCommand,
} from '../../contracts/documents/types.ts';
import { escapePointer, sameJson } from '../shared/json.ts';

/**
 * One entry for each command, oldest first; refused ones stand between the accepted ones by their time. `events` must
 * begin with the first event, because a change is told against what was there before.
 */
export function historyOf(
  events: readonly DocumentEvent[],
  refused: readonly RefusedCommand[],
): HistoryEntry[] {
  const sections = new Map<string, JsonObject>();
  const accepted = events.flatMap((event) => entryOf(event, sections));
  // Accepted ones keep the order of their events: their clocks (gateway, server) may differ.
  const rest = refused.map(refusalEntry).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const entries: HistoryEntry[] = [];
  for (const entry of accepted) {
    while (rest[0] && rest[0].at < entry.at) entries.push(...rest.splice(0, 1));
    entries.push(entry);
  }
  return [...entries, ...rest];
}

function entryOf(event: DocumentEvent, sections: Map<string, JsonObject>): HistoryEntry[] {
  const { version, at, by, via } = event;
  const base = { version, at, by, via, accepted: true };
  const reason = 'reason' in event && event.reason !== undefined ? { reason: event.reason } : {};
  switch (event.kind) {
    case 'created': {
      const changes = differences('/metadata', {}, event.metadata);
      for (const [name, data] of Object.entries(event.sections)) {
        sections.set(name, data);
        changes.push(...differences(`/sections/${escapePointer(name)}`, {}, data));
      }
      return [{ ...base, command: 'create', changes }];
    }
    case 'section-filled': {
      const before = sections.get(event.section) ?? {};
      sections.set(event.section, event.data);
      const pointer = `/sections/${escapePointer(event.section)}`;
      return [
        {
          ...base,
          command: `fill ${event.section}`,
          changes: differences(pointer, before, event.data),
        },
      ];
    }
    case 'review-requested':
      return [
        { ...base, via: 'system', command: 'submit', reason: 'Every required section is filled.' },
      ];
    case 'decided':
      return [
        { ...base, command: event.decision === 'approved' ? 'approve' : 'reject', ...reason },
      ];
    case 'closed':
      // A decision has its own entry just before.
      return event.state === 'cancelled' ? [{ ...base, command: 'cancel', ...reason }] : [];
  }
}

function refusalEntry({
  at,
  by,
  via,
  command,
  code,
  reason,
  errors,
  version,
}: RefusedCommand): HistoryEntry {
  return {
    version,
    at,
    by,
    via,
    command,
    accepted: false,
    code,
    reason,
    ...(errors ? { errors } : {}),
  };
}

function differences(pointer: string, before: JsonObject, after: JsonObject): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const from = Object.hasOwn(before, name) ? before[name] : undefined;
    const to = Object.hasOwn(after, name) ? after[name] : undefined;
    if (sameJson(from, to)) return [];
    return {
      pointer: `${pointer}/${escapePointer(name)}`,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
  });
}
