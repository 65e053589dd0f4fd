/** What the compiler must know: the types of messages, closed unions, and that HTTP shows what the views hold. */
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { describe, expectTypeOf, test } from 'vitest';
import type { DocumentResource, DocumentRow } from '../../src/contracts/documents/schemas.ts';
import type {
  COMMAND_KINDS,
  Command,
  CommandKind,
  DOCUMENT_STATES,
  DocumentEvent,
  DocumentStatus,
  LISTED_STATES,
  ListedState,
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
import type { Action } from '../../src/workflows/documents/permissions.ts';
import type { decide, DocumentState, evolve } from '../../src/workflows/documents/state.ts';
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
    expectTypeOf<typeof historyQuery>().toEqualTypeOf<QueryDefinition<HistoryTail>>();
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

  test('activities take one argument each', () => {
    expectTypeOf<Parameters<Activities[keyof Activities]>['length']>().toEqualTypeOf<1>();
  });
});

describe('closed unions', () => {
  test('commands', () => {
    expectTypeOf<CommandKind>().toEqualTypeOf<'fill' | 'approve' | 'reject' | 'cancel'>();
    expectTypeOf<(typeof COMMAND_KINDS)[number]>().toEqualTypeOf<CommandKind>();
    expectTypeOf<Command['kind']>().toEqualTypeOf<CommandKind>();
    expectTypeOf<Action['kind']>().toEqualTypeOf<CommandKind>();
  });

  test('only a fill has data, and it must have some', () => {
    expectTypeOf<Extract<Command, { data: unknown }>['kind']>().toEqualTypeOf<'fill'>();
    expectTypeOf<{ kind: 'fill'; section: 'A' }>().not.toExtend<Command>();
    expectTypeOf<{ kind: 'approve' }>().toExtend<Command>();
    expectTypeOf<{ kind: 'delete' }>().not.toExtend<Command>();
  });

  test('events', () => {
    expectTypeOf<DocumentEvent['kind']>().toEqualTypeOf<
      'created' | 'section-filled' | 'review-requested' | 'decided' | 'closed'
    >();
  });

  test('states', () => {
    expectTypeOf<(typeof DOCUMENT_STATES)[number]>().toEqualTypeOf<DocumentStatus>();
    expectTypeOf<(typeof LISTED_STATES)[number]>().toEqualTypeOf<ListedState>();
    expectTypeOf<Exclude<ListedState, DocumentStatus>>().toEqualTypeOf<'failed' | 'terminated'>();
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
    expectTypeOf<typeof evolve>().returns.toEqualTypeOf<DocumentState>();
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
