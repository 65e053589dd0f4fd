/** What the compiler must know: the types of messages, closed unions, and that HTTP shows what the views hold. */
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { describe, expectTypeOf, test } from 'vitest';
import type { DocumentResource, DocumentRow } from '../../src/contracts/documents/schemas.ts';
import type {
  COMMAND_KINDS,
  COMMAND_PROPERTIES,
  COMMAND_SHAPES,
  Command,
  CommandKind,
  EditCommand,
} from '../../src/contracts/documents/commands.ts';
import type { Condition } from '../../src/contracts/conditions.ts';
import type { DocumentType, Permissions } from '../../src/contracts/documents/definition.ts';
import type { DocumentEvent, HistoryEntry } from '../../src/contracts/documents/events.ts';
import type {
  DOCUMENT_STATES,
  DocumentStatus,
  OPEN_STATES,
} from '../../src/contracts/documents/types.ts';
import type { FailureCode, FAILURES, Refusal, Result } from '../../src/contracts/failures.ts';
import type { Activities } from '../../src/activities/index.ts';
import type {
  CommandResult,
  commandSignal,
  commandUpdate,
  documentQuery,
  DocumentOutcome,
  HistoryTail,
  historyQuery,
  statusQuery,
} from '../../src/workflows/documents/messages.ts';
import type { Action } from '../../src/workflows/documents/actions.ts';
import type { decideCreate } from '../../src/workflows/documents/create.ts';
import type { decide } from '../../src/workflows/documents/decide.ts';
import type { Effect } from '../../src/workflows/documents/effects.ts';
import type { historyOf } from '../../src/workflows/documents/history.ts';
import type { DocumentState, evolve } from '../../src/workflows/documents/state.ts';
import type { hear, Notice } from '../../src/workflows/documents/system.ts';
import type {
  DocumentSummary,
  DocumentView,
  StatusView,
} from '../../src/workflows/documents/view.ts';
import type { document, StartWorkflow } from '../../src/workflows/index.ts';
import type { Caller } from '../../src/workflows/shared/caller.ts';

type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

describe('messages', () => {
  test('the update takes anything and answers a command’s result', () => {
    expectTypeOf<typeof commandUpdate>().toEqualTypeOf<
      UpdateDefinition<CommandResult, [command: unknown, caller?: Caller]>
    >();
  });

  test('the signal takes anything', () => {
    expectTypeOf<typeof commandSignal>().toEqualTypeOf<
      SignalDefinition<[command: unknown, caller?: Caller]>
    >();
  });

  test('the queries answer status, state and recent history, without arguments', () => {
    expectTypeOf<typeof statusQuery>().toEqualTypeOf<QueryDefinition<StatusView>>();
    expectTypeOf<typeof documentQuery>().toEqualTypeOf<
      QueryDefinition<DocumentState | undefined>
    >();
    expectTypeOf<typeof historyQuery>().toEqualTypeOf<QueryDefinition<HistoryTail | undefined>>();
  });

  test('a result tells what can be done next, by name', () => {
    expectTypeOf<CommandResult['allowed']>().toEqualTypeOf<readonly string[] | undefined>();
    expectTypeOf<CommandResult['document']>().toEqualTypeOf<DocumentView | undefined>();
  });

  test('workflows take anything and end with an outcome; the article’s one with a text', () => {
    expectTypeOf<Parameters<typeof document>[0]>().toBeUnknown();
    expectTypeOf<ReturnType<typeof document>>().toEqualTypeOf<Promise<DocumentOutcome>>();
    expectTypeOf<Parameters<typeof StartWorkflow>[0]>().toBeUnknown();
    expectTypeOf<ReturnType<typeof StartWorkflow>>().toEqualTypeOf<Promise<string>>();
  });

  test('activities take one argument each, or none', () => {
    expectTypeOf<Parameters<Activities[keyof Activities]>['length']>().toEqualTypeOf<0 | 1>();
  });
});

describe('closed unions', () => {
  test('commands', () => {
    expectTypeOf<CommandKind>().toEqualTypeOf<
      | EditCommand['kind']
      | 'submit'
      | 'approve'
      | 'reject'
      | 'request-changes'
      | 'delegate'
      | 'remind'
      | 'reopen'
      | 'cancel'
      | 'archive'
      | 'comment'
      | 'assign'
      | 'extend'
      | 'transfer'
      | 'link'
      | 'unlink'
      | 'migrate'
    >();
    expectTypeOf<EditCommand['kind']>().toEqualTypeOf<
      'fill' | 'fill-many' | 'merge' | 'patch' | 'edit' | 'withdraw'
    >();
    expectTypeOf<(typeof COMMAND_KINDS)[number]>().toEqualTypeOf<CommandKind>();
    expectTypeOf<keyof typeof COMMAND_PROPERTIES>().toEqualTypeOf<CommandKind>();
    expectTypeOf<keyof typeof COMMAND_SHAPES>().toEqualTypeOf<CommandKind>();
    expectTypeOf<Command['kind']>().toEqualTypeOf<CommandKind>();
    expectTypeOf<Action['kind']>().toEqualTypeOf<CommandKind>();
  });

  test('a kind picks its own command', () => {
    type Of<K extends CommandKind> = Extract<Command, { kind: K }>;
    expectTypeOf<Of<'approve'>['kind']>().toEqualTypeOf<'approve'>();
    expectTypeOf<Of<'link'>['kind']>().toEqualTypeOf<'link'>();
    expectTypeOf<Of<'reopen'>['kind']>().toEqualTypeOf<'reopen'>();
    expectTypeOf<Of<'withdraw'>['kind']>().toEqualTypeOf<'withdraw'>();
  });

  test('only a fill has data, and it must have some; each may name what it is based on', () => {
    expectTypeOf<Extract<Command, { data: unknown }>['kind']>().toEqualTypeOf<'fill'>();
    expectTypeOf<{ kind: 'fill'; section: 'A' }>().not.toExtend<Command>();
    expectTypeOf<{ kind: 'approve' }>().toExtend<Command>();
    expectTypeOf<{ kind: 'delete' }>().not.toExtend<Command>();
    expectTypeOf<Command['ifVersion']>().toEqualTypeOf<number | '*' | undefined>();
  });

  test('events', () => {
    expectTypeOf<DocumentEvent['kind']>().toEqualTypeOf<
      | 'created'
      | 'section-filled'
      | 'section-withdrawn'
      | 'details-changed'
      | 'review-requested'
      | 'reopened'
      | 'decided'
      | 'closed'
      | 'commented'
      | 'assigned'
      | 'extended'
      | 'transferred'
      | 'child-linked'
      | 'child-changed'
      | 'child-unlinked'
      | 'attached'
      | 'detached'
      | 'migrated'
      | 'reminded'
      | 'overdue'
      | 'stage-entered'
      | 'delegated'
      | 'approvers-reminded'
      | 'escalated'
      | 'timed-out'
      | 'approval-reset'
    >();
  });

  test('notices and effects', () => {
    expectTypeOf<Notice['kind']>().toEqualTypeOf<
      'entered' | 'tick' | 'child' | 'attach' | 'detach' | 'ended'
    >();
    expectTypeOf<Effect['kind']>().toEqualTypeOf<
      | 'submit-document'
      | 'enter-stage'
      | 'tell-parent'
      | 'tell-child'
      | 'cancel-child'
      | 'notify'
      | 'webhook'
      | 'bulk-outcome'
      | 'compensate'
    >();
  });

  test('states', () => {
    expectTypeOf<(typeof DOCUMENT_STATES)[number]>().toEqualTypeOf<DocumentStatus>();
    expectTypeOf<(typeof OPEN_STATES)[number]>().toEqualTypeOf<
      'open' | 'in-review' | 'changes-requested'
    >();
    expectTypeOf<(typeof OPEN_STATES)[number]>().toExtend<DocumentStatus>();
  });

  test('definitions', () => {
    expectTypeOf<keyof Permissions>().toEqualTypeOf<
      'create' | 'read' | 'edit' | 'submit' | 'cancel' | 'sensitive'
    >();
    expectTypeOf<DocumentType['submit']>().toEqualTypeOf<'manual' | 'automatic'>();
    expectTypeOf<{ field: 'A.b'; above: 5 }>().toExtend<Condition>();
    expectTypeOf<{ field: 'A.b'; above: '5' }>().not.toExtend<Condition>();
    expectTypeOf<{ field: 'A.b' }>().not.toExtend<Condition>();
  });

  test('failure codes', () => {
    expectTypeOf<FailureCode>().toEqualTypeOf<keyof typeof FAILURES>();
    expectTypeOf<string>().not.toExtend<FailureCode>();
    expectTypeOf<Refusal['code']>().toEqualTypeOf<FailureCode>();
  });
});

describe('the rules', () => {
  test('answer events or a refusal, never throw on purpose', () => {
    expectTypeOf<typeof decide>().returns.toEqualTypeOf<Result<readonly DocumentEvent[]>>();
    expectTypeOf<typeof decideCreate>().returns.toEqualTypeOf<Result<readonly DocumentEvent[]>>();
    expectTypeOf<typeof hear>().returns.toEqualTypeOf<readonly DocumentEvent[]>();
    expectTypeOf<typeof evolve>().returns.toEqualTypeOf<DocumentState>();
    expectTypeOf<typeof historyOf>().returns.toEqualTypeOf<HistoryEntry[]>();
  });

  test('a result is either a value or a refusal', () => {
    expectTypeOf<Extract<Result<number>, { ok: true }>['value']>().toEqualTypeOf<number>();
    expectTypeOf<Extract<Result<number>, { ok: false }>['refusal']>().toEqualTypeOf<Refusal>();
  });
});

describe('over HTTP', () => {
  type Hal = '_links' | '_templates';

  test('a row of a list has exactly the summary', () => {
    expectTypeOf<Omit<DocumentRow, '_links'>>().toEqualTypeOf<Mutable<DocumentSummary>>();
  });

  test('a document has exactly the members of the view', () => {
    expectTypeOf<Exclude<keyof DocumentResource, Hal>>().toEqualTypeOf<keyof DocumentView>();
  });

  test('every view can be sent as a document', () => {
    expectTypeOf<DocumentView>().toExtend<Omit<DocumentResource, Hal>>();
    expectTypeOf<DocumentSummary>().toExtend<Omit<DocumentResource, Hal>>();
  });

  test('sections and approval are sent as the view has them', () => {
    type Section = NonNullable<DocumentResource['sections']>[string];
    expectTypeOf<keyof Section>().toEqualTypeOf<keyof DocumentView['sections'][string]>();
    expectTypeOf<NonNullable<DocumentResource['approval']>>().toEqualTypeOf<
      Mutable<NonNullable<DocumentView['approval']>>
    >();
  });
});
